import type { Runtime } from '../runtime.ts';
import { GROUP_SORT_KEY, groupKey } from '../store/group-schema.ts';
import type { WriteRequest, WriteResult } from '../store/store.ts';
import type { Item, Key } from '../store/value.ts';
import type { HeadPoller } from '../watch/head-poller.ts';
import {
  type BeatRow,
  beatSortKey,
  deleteBeat,
  deleteVoidBeat,
  killBeat,
  parseBeat,
} from './beat-row.ts';
import { digestOf, memberHash } from './digest.ts';
import { announce, type GroupHead, settle } from './head-row.ts';
import { deleteMember, type GroupMember, memberSortKey } from './member-row.ts';
import { queryAll } from './query-all.ts';
import { SilenceMemory } from './silence-memory.ts';
import { type GroupRows, parseRows, planSweep, type SweepPlan } from './sweep-plan.ts';
import { claimSweep, holdBack, parseSweep, type SweepRow } from './sweep-row.ts';

/** What a sweep has to go on with until the next one. */
interface Aftermath {
  readonly rows: GroupRows;
  allowanceLeft: number;
}

/** What became of a claim to a sweep. */
export interface SweepClaim {
  readonly row: SweepRow;
  readonly isOwn: boolean;
}

/** A group with many dead is not removed in one burst of requests. */
const REMOVALS_AT_ONCE = 16;

/**
 * Finds the dead of a group and removes them, on behalf of everybody (rules 26 to 28). What it does
 * is safe whoever does it, and how often: each removal is conditional on the beat that was judged.
 */
export class Sweeper {
  readonly #runtime: Runtime;
  readonly #name: string;
  readonly #poller: HeadPoller<GroupHead>;
  readonly #memory = new SilenceMemory();
  #aftermath: Aftermath | undefined;
  /** Removed, and not yet announced, because the table did not answer. */
  #unannounced: string[] = [];
  #wasWell = true;

  constructor(runtime: Runtime, name: string, poller: HeadPoller<GroupHead>) {
    this.#runtime = runtime;
    this.#name = name;
    this.#poller = poller;
  }

  /** This process stood still, or the table did not answer it: it knows less than it seems. */
  wasImpaired(): void {
    this.#wasWell = false;
  }

  /** The row that decides who sweeps. Half a read unit. `undefined`: no answer. */
  async look(): Promise<SweepRow | undefined> {
    const key = this.#key(GROUP_SORT_KEY.sweep);
    const result = await this.#runtime.store.get({ key, consistent: false });
    if (result.kind === 'failed') return undefined;
    return parseSweep(result.kind === 'found' ? result.item : undefined);
  }

  /**
   * Claims the sweep after `seen`, and does it: one write, one query, and what it finds to do.
   * Returns the sweep row as it is then, and whose sweep it was; `undefined`: nobody knows.
   */
  async sweep(seen: SweepRow): Promise<SweepClaim | undefined> {
    const { label, tableClock, store } = this.#runtime;
    const key = this.#key(GROUP_SORT_KEY.sweep);
    const claim = await store.write(claimSweep(key, seen, { label, time: tableClock.now() }));
    if (claim.kind === 'refused') return { row: parseSweep(claim.item), isOwn: false };
    if (claim.kind !== 'applied') return undefined;
    const row = parseSweep(claim.item);
    const items = await queryAll(this.#runtime, { pk: key.pk, consistent: true });
    if (items === undefined) {
      this.wasImpaired();
    } else {
      await this.#clean(items, row);
    }
    return { row, isOwn: true };
  }

  /** Milliseconds until a beat that has missed several renewals may be called silent. */
  untilConfirmationMs(): number {
    const nowMs = this.#runtime.clock.monotonicMs();
    const beats = this.#aftermath?.rows.beats ?? [];
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...beats.map((beat) => this.#memory.untilSilentMs(beat, nowMs)),
    );
  }

  /**
   * Removes those that have become silent since the sweep. Without a look: the kill itself is
   * refused if the beat has been renewed.
   */
  async confirm(): Promise<void> {
    const aftermath = this.#aftermath;
    if (aftermath === undefined) return;
    const { beats, members } = aftermath.rows;
    const nowMs = this.#runtime.clock.monotonicMs();
    const silent = beats.filter((beat) => this.#memory.isSilent(beat, nowMs));
    const dead = silent.slice(0, aftermath.allowanceLeft);
    aftermath.allowanceLeft -= dead.length;
    // Once is enough: whoever was renewed meanwhile is the next sweep's business.
    const rest = beats.filter((beat) => !silent.includes(beat));
    this.#aftermath = { ...aftermath, rows: { ...aftermath.rows, beats: rest } };
    const removed = await this.#killAll(
      dead.map((beat) => ({ ...beat, isSilent: true })),
      members,
    );
    if (removed.length > 0) await this.#announce(removed);
  }

  async #clean(items: readonly Item[], row: SweepRow): Promise<void> {
    const { clock, tableClock, store } = this.#runtime;
    const rows = parseRows(items);
    const nowMs = clock.monotonicMs();
    const wasWell = this.#wasWell;
    this.#wasWell = true;
    if (!wasWell) this.#memory.clear();
    this.#memory.note(rows.beats, nowMs);
    const isSilent = (beat: BeatRow) => this.#memory.isSilent(beat, nowMs);
    const plan = planSweep(rows, { time: tableClock.now(), isSilent, row, wasWell });
    if (plan.holdsBack) {
      await store.write(holdBack(this.#key(GROUP_SORT_KEY.sweep), row.sweeps));
    }
    const removed = [
      ...(await this.#killAll(plan.dead, rows.members)),
      ...(await this.#removeStrays(plan)),
    ];
    this.#aftermath = { rows, allowanceLeft: plan.allowanceLeft };
    await this.#settle(rows, removed);
  }

  async #killAll(
    dead: SweepPlan['dead'],
    members: readonly GroupMember[],
  ): Promise<readonly GroupMember[]> {
    const time = this.#runtime.tableClock.now();
    return this.#inTurns(dead, async ({ id, row, isSilent }) => {
      const request = killBeat(this.#key(beatSortKey(id)), { row, time, isSilent });
      if (!(await this.#isApplied(request))) return undefined;
      const member = members.find(({ incarnation }) => incarnation === row.owner?.id);
      return member && (await this.#remove(member));
    });
  }

  async #removeStrays(plan: SweepPlan): Promise<readonly GroupMember[]> {
    const { store } = this.#runtime;
    await this.#inTurns(plan.voids, async ({ id, row }) => {
      await store.write(deleteVoidBeat(this.#key(beatSortKey(id)), row.token));
      return undefined;
    });
    await this.#inTurns(plan.strayBeats, async ({ id, row: { owner, token } }) => {
      const key = this.#key(beatSortKey(id));
      await store.write(deleteBeat({ key, id: owner?.id ?? '', token }));
      return undefined;
    });
    return this.#inTurns(plan.strayMembers, async (member) => {
      // Rows of one page are not of one moment: the member may have joined in between.
      const key = this.#key(beatSortKey(member.id));
      const beat = await store.get({ key, consistent: true });
      if (beat.kind === 'failed') return undefined;
      const owner = beat.kind === 'found' ? parseBeat(beat.item).row.owner : undefined;
      return owner?.id === member.incarnation ? undefined : this.#remove(member);
    });
  }

  async #remove(member: GroupMember): Promise<GroupMember | undefined> {
    const key = this.#key(memberSortKey(member.id));
    return (await this.#isApplied(deleteMember(key, member.incarnation))) ? member : undefined;
  }

  /** Compares the head with the members, and makes it tell of them (rule 27). */
  async #settle({ head, members }: GroupRows, removed: readonly GroupMember[]): Promise<void> {
    const gone = new Set(removed);
    const digest = digestOf(members.filter((member) => !gone.has(member)));
    const expired = [...this.#unannounced, ...removed.map(({ incarnation }) => incarnation)];
    if (digest === head.digest && expired.length === 0) return;
    this.#unannounced = expired;
    const key = this.#key(GROUP_SORT_KEY.head);
    const result = await this.#writeHead(settle(key, head, digest, expired));
    // Somebody has joined since. What has been removed must be told all the same.
    if (result.kind === 'refused' && removed.length > 0) await this.#announce(removed);
  }

  async #announce(removed: readonly GroupMember[]): Promise<void> {
    const delta = -removed.reduce((sum, member) => sum + memberHash(member), 0);
    const before = this.#poller.state?.head.expired ?? [];
    const names = removed.map(({ incarnation }) => incarnation);
    const fresh = [...new Set([...this.#unannounced, ...names])];
    this.#unannounced = fresh;
    const key = this.#key(GROUP_SORT_KEY.head);
    await this.#writeHead(announce(key, delta, [...before, ...fresh]));
  }

  async #writeHead(request: WriteRequest): Promise<WriteResult> {
    const { clock, store } = this.#runtime;
    const sentMs = clock.monotonicMs();
    const result = await store.write(request);
    if (result.kind !== 'applied') return result;
    this.#unannounced = [];
    this.#poller.learn(result.item, sentMs);
    this.#poller.announce(this.#poller.state?.revision ?? 0);
    return result;
  }

  async #isApplied(request: WriteRequest): Promise<boolean> {
    return (await this.#runtime.store.write(request)).kind === 'applied';
  }

  async #inTurns<Subject, Result>(
    subjects: readonly Subject[],
    treat: (subject: Subject) => Promise<Result | undefined>,
  ): Promise<readonly Result[]> {
    const results: Result[] = [];
    for (let from = 0; from < subjects.length; from += REMOVALS_AT_ONCE) {
      const turn = subjects.slice(from, from + REMOVALS_AT_ONCE).map(treat);
      for (const result of await Promise.all(turn)) if (result !== undefined) results.push(result);
    }
    return results;
  }

  #key(sk: string): Key {
    return groupKey(this.#runtime.namespace, this.#name, sk);
  }
}
