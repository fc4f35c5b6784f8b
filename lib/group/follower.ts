import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import { GROUP_SORT_KEY, groupKey, MEMBER_PREFIX } from '../store/group-schema.ts';
import type { HeadPoller, HeadSight } from '../watch/head-poller.ts';
import type { HeadState } from '../watch/head-state.ts';
import type { GroupHead } from './head-row.ts';
import { frozenMember, type GroupMember } from './member-row.ts';
import { queryAll } from './query-all.ts';
import type { GroupView } from './view.ts';

/** A view is called stale when the table has not answered for so many polls. */
const POLLS_UNTIL_STALE = 3;
/** Who was removed by sweeps is remembered for watchers that are slow to ask. */
const EXPIRED_MAX = 4_096;

/** What one process knows of a group's members, and how it learns it. */
export class GroupFollower {
  readonly #runtime: Runtime;
  readonly #name: string;
  readonly #poller: HeadPoller<GroupHead>;
  readonly #expired = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #view: GroupView | undefined;
  #restarts = 0;
  #loading: Promise<void> | undefined;
  #refreshing = false;
  #stopFollowing: (() => void) | undefined;
  #followers = 0;
  #pollMs = Number.POSITIVE_INFINITY;

  constructor(runtime: Runtime, name: string, poller: HeadPoller<GroupHead>) {
    this.#runtime = runtime;
    this.#name = name;
    this.#poller = poller;
  }

  /** What is known; `undefined`: nothing yet. */
  get view(): GroupView | undefined {
    return this.#view;
  }

  /** How often the group has been found to have gone back. */
  get restarts(): number {
    return this.#restarts;
  }

  hasExpired(incarnation: string): boolean {
    return this.#expired.has(incarnation);
  }

  /** Looks now, and reads the members if the group has changed. */
  async look(): Promise<GroupView> {
    const sight = await this.#poller.fresh();
    await this.#take(sight);
    if (sight.kind === 'failed') throw this.#errorOf(sight);
    while (this.#view === undefined || this.#view.revision < sight.state.revision) {
      await this.#load();
    }
    return this.#view;
  }

  /** The table answers others: polls that had become rare in an outage need not wait any longer. */
  refresh(): void {
    if (this.#view?.stale !== true || this.#refreshing) return;
    this.#refreshing = true;
    this.look()
      .catch(() => undefined)
      .finally(() => {
        this.#refreshing = false;
      });
  }

  /** Polls until told to stop. `onChange` is called with each look, changed or not. */
  follow(pollMs: number, onChange: () => void): () => void {
    this.#listeners.add(onChange);
    this.#followers += 1;
    this.#pollMs = pollMs;
    this.#stopFollowing ??= this.#poller.follow({ pollMs }, (sight) => void this.#take(sight));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#listeners.delete(onChange);
      this.#followers -= 1;
      if (this.#followers > 0) return;
      this.#stopFollowing?.();
      this.#stopFollowing = undefined;
    };
  }

  async #take(sight: HeadSight<GroupHead>): Promise<void> {
    if (sight.kind === 'failed') {
      this.#age();
    } else if (this.#isNews(sight.state)) {
      this.#loading ??= this.#loadInTheBackground().finally(() => {
        this.#loading = undefined;
      });
      await this.#loading;
      return;
    } else {
      this.#show(this.#view?.members ?? [], sight.state);
    }
    this.#tell();
  }

  #isNews({ revision, restarts }: HeadState<GroupHead>): boolean {
    return this.#view?.revision !== revision || restarts !== this.#restarts;
  }

  /** Reads the members until what is shown is what the head tells. */
  async #loadInTheBackground(): Promise<void> {
    const { clock, random, closing } = this.#runtime;
    for (let failures = 0; !closing.aborted; ) {
      const { state } = this.#poller;
      if (state !== undefined && !this.#isNews(state)) return;
      try {
        await this.#load();
      } catch {
        this.#age();
        this.#tell();
        failures += 1;
        // Nobody follows any more: whoever looks next reads for himself.
        if (this.#followers === 0) return;
        await sleep(clock, backoffMs(random, failures), closing, { keepsProcessAlive: false });
      }
    }
  }

  /**
   * Reads the members of a head that is known already, never the other way round: so a view may be
   * newer than its revision, and never older (rule 28).
   */
  async #load(): Promise<void> {
    const { state } = this.#poller;
    if (state === undefined) return;
    const members = state.revision === 0 ? [] : await this.#readMembers();
    for (const incarnation of state.head.expired) this.#expired.add(incarnation);
    for (const incarnation of this.#expired) {
      if (this.#expired.size <= EXPIRED_MAX) break;
      this.#expired.delete(incarnation);
    }
    const isRestart = state.restarts !== this.#restarts;
    // Two loads may be under way, and the later answer be of the earlier one.
    if (!isRestart && this.#view !== undefined && this.#view.revision > state.revision) return;
    this.#restarts = state.restarts;
    this.#show(members, state);
    this.#tell();
  }

  async #readMembers(): Promise<readonly GroupMember[]> {
    const { pk } = groupKey(this.#runtime.namespace, this.#name, GROUP_SORT_KEY.head);
    const range = { prefix: MEMBER_PREFIX };
    const items = await queryAll(this.#runtime, { pk, range, consistent: true });
    if (items !== undefined) return Object.freeze(items.map(frozenMember));
    this.#runtime.closing.throwIfAborted();
    const message = 'no answer';
    throw errorOfFailure(`reading group '${this.#name}'`, {
      reason: 'unavailable',
      retryable: true,
      message,
    });
  }

  #show(members: readonly GroupMember[], { revision, asOfMs }: HeadState<GroupHead>): void {
    const time = this.#runtime.tableClock.now();
    const ageMs = this.#runtime.clock.monotonicMs() - asOfMs;
    const asOf = time && Math.floor(time.earliest - ageMs);
    this.#view = Object.freeze({ revision, asOf, stale: false, members });
  }

  #age(): void {
    const asOfMs = this.#poller.state?.asOfMs;
    if (this.#view === undefined || asOfMs === undefined || this.#view.stale) return;
    const ageMs = this.#runtime.clock.monotonicMs() - asOfMs;
    if (ageMs < POLLS_UNTIL_STALE * this.#pollMs) return;
    this.#view = Object.freeze({ ...this.#view, stale: true });
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #errorOf({ failure }: HeadSight<GroupHead> & { kind: 'failed' }): Error {
    return errorOfFailure(`looking at group '${this.#name}'`, failure);
  }
}
