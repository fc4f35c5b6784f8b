import type { CloseReport, UnreleasedHold } from '../lease/close.ts';
import type { Runtime } from '../runtime.ts';
import { GROUP_SORT_KEY, groupKey } from '../store/group-schema.ts';
import type { ValueMap } from '../store/value.ts';
import { type HeadPoller, headPoller } from '../watch/head-poller.ts';
import { Beat } from './beat.ts';
import { beatSortKey } from './beat-row.ts';
import { Entry } from './entry.ts';
import { GroupFollower } from './follower.ts';
import { type GroupHead, parseHead } from './head-row.ts';
import { Membership, type MembershipParts } from './membership.ts';
import { SweepLoop } from './sweep-loop.ts';
import { Sweeper } from './sweeper.ts';

/** How a group is looked at. */
export interface GroupPace {
  readonly pollMs: number;
  readonly sweepMs: number;
}

/** All that one process does with one group: one poll, one sweep and one view for everybody. */
export class GroupCore {
  readonly runtime: Runtime;
  readonly name: string;
  readonly follower: GroupFollower;
  readonly sweeper: Sweeper;
  readonly sweeps: SweepLoop;
  readonly #pace: GroupPace;
  readonly #poller: HeadPoller<GroupHead>;
  readonly #memberships = new Set<Membership>();
  /** Joins under way. */
  readonly #work = new Set<Promise<unknown>>();
  #followers = 0;

  constructor(runtime: Runtime, name: string, pace: GroupPace) {
    this.runtime = runtime;
    this.name = name;
    this.#pace = pace;
    this.#poller = headPoller(runtime, {
      kind: 'group',
      name,
      key: groupKey(runtime.namespace, name, GROUP_SORT_KEY.head),
      parse: parseHead,
      revisionOf: ({ revision }) => revision,
    });
    this.follower = new GroupFollower(runtime, name, this.#poller);
    this.sweeper = new Sweeper(runtime, name, this.#poller);
    this.sweeps = new SweepLoop(runtime, this.sweeper, pace.sweepMs, () => this.follower.refresh());
    runtime.closers.add(() => this.#close());
  }

  /** Whether this process polls the group, and takes part in its sweeps. */
  get isFollowed(): boolean {
    return this.#followers > 0;
  }

  /** Polls and sweeps for as long as somebody follows. Returns how to stop. */
  follow(onChange: () => void, keepsProcessAlive = false): () => void {
    const { pollMs } = this.#pace;
    const stop = this.follower.follow(pollMs, onChange);
    const release = keepsProcessAlive
      ? this.#poller.follow({ pollMs, keepsProcessAlive }, () => undefined)
      : undefined;
    this.#followers += 1;
    this.sweeps.start();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
      release?.();
      this.#followers -= 1;
      if (this.#followers === 0) this.sweeps.stop();
    };
  }

  /** Joins, and sees to it that the member leaves when the instance closes. */
  async join<Meta extends ValueMap>(
    id: string,
    options: Pick<MembershipParts, 'leaseMs' | 'rejoins' | 'checkMeta' | 'details'>,
  ): Promise<Membership<Meta>> {
    const { runtime, name } = this;
    runtime.closing.throwIfAborted();
    const title = `member '${id}' of group '${name}'`;
    const beat = new Beat(runtime, title, groupKey(runtime.namespace, name, beatSortKey(id)));
    const joining = Membership.begin<Meta>({
      ...options,
      runtime,
      title,
      entry: new Entry(runtime, name, this.#poller, { id, beat }),
      onEnd: (membership) => this.#memberships.delete(membership),
    });
    const noted: Promise<unknown> = joining.then(
      () => this.#work.delete(noted),
      () => this.#work.delete(noted),
    );
    this.#work.add(noted);
    const membership = await joining;
    this.#memberships.add(membership as unknown as Membership);
    return membership;
  }

  async #close(): Promise<CloseReport> {
    await Promise.all(this.#work);
    const unreleased: UnreleasedHold[] = [];
    const memberships = [...this.#memberships];
    await Promise.all(
      memberships.map(async (membership) => {
        const { id, generation } = membership;
        const result = await membership.leave();
        if (result.outcome !== 'unknown') return;
        const name = `member '${id}' of group '${this.name}'`;
        unreleased.push({ name, token: generation, cause: result.cause });
      }),
    );
    return { released: memberships.length - unreleased.length, unreleased };
  }
}

const CORES = new WeakMap<Runtime, Map<string, GroupCore>>();

/** The one object of this instance for a group: two of them would poll and sweep twice. */
export function groupCore(runtime: Runtime, name: string, pace: GroupPace): GroupCore {
  const cores = CORES.get(runtime) ?? new Map<string, GroupCore>();
  CORES.set(runtime, cores);
  const core = cores.get(name) ?? new GroupCore(runtime, name, pace);
  cores.set(name, core);
  return core;
}
