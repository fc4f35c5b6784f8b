import type { TableTime } from '../core/table-clock.ts';
import { HoldfastError } from '../errors.ts';
import { absent, equals } from '../store/condition.ts';
import { GROUP_ATTRIBUTE as ATTRIBUTE } from '../store/group-schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import { set, setOrRemove } from '../store/update.ts';
import type { Item, Key } from '../store/value.ts';

/** Who sweeps is decided on this row, so that the group is swept once in an interval. */
export interface SweepRow {
  /** 0: never. */
  readonly sweeps: number;
  readonly sweptAt: number | undefined;
  /** The last sweep that held back. */
  readonly heldBack: number | undefined;
}

export function parseSweep(item: Item | undefined): SweepRow {
  if (item === undefined) return { sweeps: 0, sweptAt: undefined, heldBack: undefined };
  const { sweeps, sweptAt, heldBack } = item;
  const isSound =
    Number.isSafeInteger(sweeps) &&
    [sweptAt, heldBack].every((value) => value === undefined || typeof value === 'number');
  if (isSound) return { sweeps, sweptAt, heldBack } as unknown as SweepRow;
  const got = JSON.stringify({ sweeps, sweptAt, heldBack });
  throw new HoldfastError('row-invalid', `sweep: expected numbers, got ${got}`);
}

/** What a process knows of the sweeps. */
export interface SweepSight {
  readonly row: SweepRow;
  /** When this process first saw that number of sweeps, and what time it is now. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly time: TableTime | undefined;
  readonly intervalMs: number;
}

/**
 * For how many milliseconds the group still counts as swept: by the table's clock, or by the
 * process's own since it saw the last sweep, whichever ends earlier.
 */
export function msUntilDue({ row, sinceMs, nowMs, time, intervalMs }: SweepSight): number {
  if (row.sweeps === 0) return 0;
  const byOwnClock = sinceMs + intervalMs - nowMs;
  if (time === undefined || row.sweptAt === undefined) return Math.max(0, byOwnClock);
  const byTable = row.sweptAt + intervalMs - time.earliest;
  return Math.max(0, Math.min(byOwnClock, byTable));
}

/** Takes the next sweep. Of all who ask after the same sweep one gets it. */
export function claimSweep(
  key: Key,
  row: SweepRow,
  by: { readonly label: string; readonly time: TableTime | undefined },
): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [
      set(ATTRIBUTE.sweeps, row.sweeps + 1),
      set(ATTRIBUTE.sweptBy, by.label),
      setOrRemove(ATTRIBUTE.sweptAt, by.time && Math.floor(by.time.latest)),
    ],
    condition: row.sweeps === 0 ? absent(ATTRIBUTE.sweeps) : equals(ATTRIBUTE.sweeps, row.sweeps),
  };
}

/** Notes that this sweep has held back, for the next one to agree or not. */
export function holdBack(key: Key, sweep: number): UpdateRequest {
  return {
    kind: 'update',
    key,
    actions: [set(ATTRIBUTE.heldBack, sweep)],
    condition: equals(ATTRIBUTE.sweeps, sweep),
  };
}

/** So many may always be removed by one sweep: one, or this part of the group. */
const ALWAYS_ALLOWED = 0.15;

/** How many of those that seem dead a sweep may remove, and whether it holds back. */
export interface Allowance {
  readonly removals: number;
  readonly holdsBack: boolean;
}

/**
 * The mass-expiry breaker (rule 28). More deaths at once than usual are more likely the fault of
 * the observer, or of a table that nobody could reach; the living get one more interval to show
 * themselves. It ends by itself: two sweeps in a row that see as much are believed.
 */
export function allow(dead: number, members: number, sweep: number, row: SweepRow): Allowance {
  const always = Math.max(1, Math.floor(ALWAYS_ALLOWED * members));
  if (dead <= always) return { removals: dead, holdsBack: false };
  if (row.heldBack === sweep - 1) return { removals: dead, holdsBack: false };
  return { removals: always, holdsBack: true };
}
