import type { TableTime } from '../core/table-clock.ts';
import type { OwnershipRow } from '../lease/row.ts';
import { BEAT_PREFIX, GROUP_SORT_KEY, MEMBER_PREFIX } from '../store/group-schema.ts';
import type { Item } from '../store/value.ts';
import { type BeatRow, judgeBeat, parseBeat } from './beat-row.ts';
import { type GroupHead, parseHead } from './head-row.ts';
import { type GroupMember, parseMember } from './member-row.ts';
import { allow, type SweepRow } from './sweep-row.ts';

/** A group's partition, sorted. */
export interface GroupRows {
  readonly head: GroupHead;
  readonly beats: readonly BeatRow[];
  readonly members: readonly GroupMember[];
}

export function parseRows(items: readonly Item[]): GroupRows {
  const having = (prefix: string) => items.filter(({ sk }) => String(sk).startsWith(prefix));
  return {
    head: parseHead(items.find(({ sk }) => sk === GROUP_SORT_KEY.head)),
    beats: having(BEAT_PREFIX).map(parseBeat),
    members: having(MEMBER_PREFIX).map(parseMember),
  };
}

/** A beat that is to be killed, and how that is known. */
export interface DeadBeat extends BeatRow {
  readonly isSilent: boolean;
}

/** What a sweep does, as far as one look at the rows decides it. */
export interface SweepPlan {
  readonly dead: readonly DeadBeat[];
  /** Beats of nobody. */
  readonly voids: readonly BeatRow[];
  /** Beats that have gone on for long without a member row. Their owners join again. */
  readonly strayBeats: readonly BeatRow[];
  /** Members without the beat of their life: dead, once a look at the beat confirms it. */
  readonly strayMembers: readonly GroupMember[];
  readonly holdsBack: boolean;
  /** How many more than `dead` may be removed before the next sweep. */
  readonly allowanceLeft: number;
}

export interface SweepContext {
  readonly time: TableTime | undefined;
  readonly isSilent: (beat: BeatRow) => boolean;
  readonly row: SweepRow;
  /**
   * Whether the sweeper was well since its last look. One that stood still, or that the table did
   * not answer, believes nobody dead: what befell it may have befallen everybody.
   */
  readonly wasWell: boolean;
}

/** Two leases. A join that has got no further by then never will. */
const STRAY_RENEWALS = 8;

export function planSweep(rows: GroupRows, context: SweepContext): SweepPlan {
  const { row: sweep, wasWell } = context;
  const living = new Map<string, OwnershipRow>();
  const seemDead: DeadBeat[] = [];
  const voids: BeatRow[] = [];
  for (const beat of rows.beats) {
    const { id, row } = beat;
    const verdict = judgeBeat({ row, time: context.time, isSilent: context.isSilent(beat) });
    if (verdict.kind === 'void') voids.push(beat);
    else living.set(id, row);
    if (verdict.kind === 'dead' && wasWell) seemDead.push({ ...beat, isSilent: verdict.isSilent });
  }
  const { removals, holdsBack } = allow(seemDead.length, rows.beats.length, sweep.sweeps, sweep);
  const known = new Set(rows.members.map(({ incarnation }) => incarnation));
  const always = allow(Number.POSITIVE_INFINITY, rows.beats.length, sweep.sweeps, sweep);
  return {
    dead: seemDead.slice(0, removals),
    voids,
    strayBeats: [...living].flatMap(([id, row]) => (isStray(row, known) ? [{ id, row }] : [])),
    strayMembers: rows.members.filter(
      ({ id, incarnation }) => living.get(id)?.owner?.id !== incarnation,
    ),
    holdsBack,
    allowanceLeft: Math.max(0, always.removals - removals),
  };
}

function isStray({ owner }: OwnershipRow, known: ReadonlySet<string>): boolean {
  return owner !== undefined && owner.renewals >= STRAY_RENEWALS && !known.has(owner.id);
}
