import { deriveAbort, deriveDeadline } from '../core/abort.ts';
import { HoldfastError, InvalidArgumentError } from '../errors.ts';
import { checkLeaseOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import type { ValueMap } from '../store/value.ts';
import { Balancer, type BalancerOptions } from './balancer.ts';
import type { GroupCore } from './core.ts';
import type { GroupMember } from './member-row.ts';
import type { Membership } from './membership.ts';
import {
  checkJoinOptions,
  checkMeta,
  checkWait,
  checkWatch,
  type GroupOptions,
  type JoinOptions,
  type WaitOptions,
  type WatchOptions,
} from './options.ts';
import type { GroupEvent, GroupView } from './view.ts';
import { watchGroup } from './watch.ts';

/** How many members were there when the wait for more of them ended. */
export class TooFewMembersError extends HoldfastError {
  readonly members: number;

  constructor(group: string, wanted: number, members: number, timeoutMs: number) {
    const message = `group '${group}': ${members} of ${wanted} members after ${timeoutMs} ms`;
    super('acquire-timeout', message);
    this.members = members;
  }
}

/** Keeps `current` fresh until it is disposed. */
export interface Following extends AsyncDisposable {
  /** Stops. Sends nothing. */
  stop(): void;
}

/**
 * The processes that do one kind of work, and who of them is there.
 *
 * Guarantees: a view holds every change up to its revision, perhaps newer ones, and never goes
 * back. Nobody is removed as dead who has beaten within its lease; who has died is gone from the
 * views of followers after its lease, a sweep interval and a poll. A view is advice: a member in it
 * may have died a moment ago, and one that is not may still be at work. What only one may do needs
 * a lock and its fence.
 *
 * ```ts
 * const images = group(holdfast, 'images');
 * await using following = await images.follow();
 * const pick = images.balancer();
 * const reply = await pick.using((member) => fetch(`http://${member.address}/upload`));
 * ```
 */
export class Group<Meta extends ValueMap = ValueMap> {
  readonly name: string;
  readonly #runtime: Runtime;
  readonly #core: GroupCore;
  readonly #options: GroupOptions<Meta>;

  constructor(runtime: Runtime, name: string, core: GroupCore, options: GroupOptions<Meta>) {
    this.name = name;
    this.#runtime = runtime;
    this.#core = core;
    this.#options = options;
  }

  /**
   * What is known of the group here and now; `undefined`: nothing yet. Sends nothing. Kept fresh
   * only while something follows.
   */
  get current(): GroupView | undefined {
    return this.#core.follower.view;
  }

  /**
   * Joins the group. Three requests and three write units, and one read in a process that has not
   * talked to the table before; then four write units a lease.
   *
   * @throws InvalidArgumentError, `store-unavailable`, `clock-unknown`, `access-denied`,
   *   `table-missing`, `closed`
   */
  async join(options: JoinOptions<Meta> = {}): Promise<Membership<Meta>> {
    checkJoinOptions(options as JoinOptions<never>);
    const { leaseMs, address, zone, weight = 1, onLost = 'rejoin' } = options;
    checkLeaseOptions({ leaseMs }, this.#runtime.requestTimeoutMs);
    const { schema } = this.#options;
    const meta = await checkMeta(schema, options.meta ?? {});
    return this.#core.join<Meta>(options.id ?? this.#runtime.random.id(), {
      leaseMs: () => leaseMs ?? this.#runtime.defaultLeaseMs(),
      // Without timers nothing would notice the loss.
      rejoins: onLost === 'rejoin' && this.#runtime.renews,
      checkMeta: (value) => checkMeta(schema, value),
      details: { state: 'active', address, zone, weight, meta },
    });
  }

  /**
   * The group as of this call or later. One read unit when nothing has changed, and a consistent
   * query of the members when something has. In a process that does not follow the group it also
   * sees to the sweep, if one is due: half a read unit to find out, and one write and one query if
   * so.
   *
   * @throws `store-unavailable`, `access-denied`, `table-missing`, `row-invalid`, `closed`
   */
  async view(): Promise<GroupView> {
    this.#runtime.closing.throwIfAborted();
    // Where nobody follows, nobody else may have looked for the dead either.
    if (!this.#core.isFollowed) await this.#core.sweeps.sweepIfDue();
    return this.#core.follower.look();
  }

  /**
   * Keeps `current` fresh: half a read unit a poll for the whole process, a query for each change,
   * and its part of the sweeps. Resolves when there is a view.
   *
   * @throws as {@link view}; InvalidArgumentError in Lambda mode, which has no background
   */
  async follow(): Promise<Following> {
    this.#needBackground();
    const stop = this.#core.follow(() => undefined);
    try {
      await this.view();
    } catch (error) {
      stop();
      throw error;
    }
    return { stop, [Symbol.asyncDispose]: async () => stop() };
  }

  /**
   * What happens in the group, from a snapshot on, until `signal` aborts or the instance closes.
   * Changes of one member that come between two polls are told as one. Follows while it is
   * iterated; never ends by a table that does not answer.
   *
   * @throws InvalidArgumentError for a cursor of another group, and in Lambda mode
   */
  watch(options: WatchOptions = {}): AsyncIterable<GroupEvent> {
    checkWatch(options);
    this.#needBackground();
    return watchGroup(this.#core, `${this.#runtime.namespace}#${this.name}`, options);
  }

  /**
   * Waits until so many members are active.
   *
   * @throws TooFewMembersError, the signal's reason, `closed`
   */
  async atLeast(count: number, options: WaitOptions = {}): Promise<GroupView> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new InvalidArgumentError('count', 'a whole number from 0', count);
    }
    checkWait(options);
    this.#needBackground();
    const { timeoutMs, signal } = options;
    const { clock, closing } = this.#runtime;
    const late = (ms: number) => new TooFewMembersError(this.name, count, this.#active.length, ms);
    const stop =
      timeoutMs === undefined
        ? deriveAbort(signal, closing)
        : deriveDeadline(clock, timeoutMs, () => late(timeoutMs), signal, closing);
    try {
      for await (const { view } of watchGroup(this.#core, '', { signal: stop.signal })) {
        if (this.#active.length >= count) return view;
      }
    } finally {
      stop.dispose();
    }
    throw stop.signal.reason;
  }

  /**
   * Picks members for work, from `current`: have something follow the group. Sends nothing.
   *
   * @throws InvalidArgumentError
   */
  balancer(options: BalancerOptions = {}): Balancer {
    return new Balancer(this, this.#runtime, options);
  }

  get #active(): readonly GroupMember[] {
    return (this.current?.members ?? []).filter(({ state }) => state === 'active');
  }

  #needBackground(): void {
    if (this.#runtime.renews) return;
    throw new InvalidArgumentError('mode', "'service': in Lambda mode call view()", 'lambda');
  }
}
