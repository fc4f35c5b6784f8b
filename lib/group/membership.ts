import { sleep } from '../core/clock.ts';
import { LoopDelay } from '../core/loop-delay.ts';
import { backoffMs } from '../core/retry.ts';
import { HoldfastError, LeaseLostError } from '../errors.ts';
import type { Lease } from '../lease/lease.ts';
import type { Owner } from '../lease/row.ts';
import type { Runtime } from '../runtime.ts';
import type { ValueMap } from '../store/value.ts';
import type { Entry, LeaveResult } from './entry.ts';
import type { GroupMember } from './member-row.ts';
import { checkChange, type MemberDetails } from './options.ts';

/** What a member is to the table, in all its lives. */
export interface MembershipParts {
  readonly runtime: Runtime;
  readonly title: string;
  readonly entry: Entry;
  /** Asked at each life: in Lambda mode it is what is left of the invocation. */
  readonly leaseMs: () => number;
  readonly rejoins: boolean;
  /** What the caller's `meta` becomes by the group's schema. */
  readonly checkMeta: (meta: ValueMap) => Promise<ValueMap>;
  readonly details: Details;
  readonly onEnd: (membership: Membership) => void;
}

/** What a member tells of itself, in full. */
export type Details = Pick<GroupMember, 'state' | 'address' | 'zone' | 'weight' | 'meta'>;

/** One life of a member: its beat, and its row as this process wrote it last. */
interface Life {
  readonly lease: Lease;
  member: GroupMember;
}

/**
 * - `joined`: it is in the group, as far as this process can know.
 * - `rejoining`: it was lost, and joins again in the background.
 * - `ended`: it was lost, or evicted by a newer process with its id, or is to join no more.
 * - `left`: by its own will.
 */
export type MembershipState = 'joined' | 'rejoining' | 'ended' | 'left';

/**
 * A place in a group, which its process keeps by beats in the background.
 *
 * Guarantees: the signal aborts before anybody may remove the member as dead, under the same
 * assumption as for a lock's hold. Nobody is removed who has beaten within the lease.
 *
 * ```ts
 * await using membership = await images.join({ address: '10.0.0.7:8080', zone: 'a' });
 * process.once('SIGTERM', () => void membership.drain(10_000));
 * ```
 */
export class Membership<Meta extends ValueMap = ValueMap> implements AsyncDisposable {
  readonly #parts: MembershipParts;
  readonly #delay: LoopDelay;
  /** Lives of this very process, which it may replace itself. */
  readonly #lives = new Set<string>();
  #life: Life;
  #details: Details;
  #state: MembershipState = 'joined';
  /** Changes of the rows, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #left: Promise<LeaveResult> | undefined;

  private constructor(parts: MembershipParts, life: Life) {
    this.#parts = parts;
    this.#life = life;
    this.#details = parts.details;
    this.#delay = new LoopDelay(parts.runtime.clock);
    if (parts.runtime.renews) this.#delay.start();
    this.#follow(life);
  }

  /** Joins. Three write units, and one more, with a try, when another life is evicted. */
  static async begin<Meta extends ValueMap>(parts: MembershipParts): Promise<Membership<Meta>> {
    const life = await live(parts, parts.details, () => true);
    if (life !== undefined) return new Membership<Meta>(parts, life);
    throw new HoldfastError('store-unavailable', `${parts.title}: others take its place again`);
  }

  get id(): string {
    return this.#parts.entry.id;
  }

  /** Of the present life, or of the last one. */
  get incarnation(): string {
    return this.#life.lease.id;
  }

  /** Larger for each life of this id. */
  get generation(): number {
    return this.#life.lease.token;
  }

  get state(): MembershipState {
    // Where nothing renews no timer runs either, and this look is what notices the end.
    const isLost = this.#life.lease.lost !== undefined;
    return isLost && this.#state === 'joined' ? 'ended' : this.#state;
  }

  /**
   * Aborts when the present life is lost, with a {@link LeaseLostError} that says why. After a
   * rejoin this is the signal of the new life: ask for it again.
   */
  get signal(): AbortSignal {
    return this.#life.lease.signal;
  }

  /** For how many milliseconds the member surely counts as alive; 0 when it may not. */
  remainingMs(): number {
    return this.#life.lease.remainingMs();
  }

  /**
   * The longest delay of this process's timers within the last minute, in milliseconds: a busy
   * event loop. A quarter of the lease or more says that beats are late, and that the member is on
   * its way to being taken for dead. 0 in Lambda mode, where no timer runs.
   */
  get eventLoopDelayMs(): number {
    return this.#delay.maxMs;
  }

  /**
   * Changes what the member tells of itself; what is not given stays. Two write units. A member
   * that is rejoining tells it when it is back.
   *
   * @throws InvalidArgumentError, LeaseLostError, `store-unavailable`, `closed`
   */
  async update(change: MemberDetails<Meta>): Promise<void> {
    const { checkMeta, title } = this.#parts;
    checkChange(change as MemberDetails<never>);
    if (this.#state === 'left') throw new HoldfastError('closed', `${title}: it has left`);
    const meta = change.meta === undefined ? undefined : await checkMeta(change.meta);
    await this.#inTurn(() => this.#change({ ...definedOf(change), ...(meta && { meta }) }));
  }

  /**
   * Leaves without losing work: tells everybody to send nothing new, waits, and leaves. Wait longer
   * than the followers' `pollMs` and than the longest request. Five write units.
   */
  async drain(forMs: number): Promise<LeaveResult> {
    const { runtime } = this.#parts;
    // Whatever becomes of it: who can't say that it leaves must leave all the same.
    await this.#inTurn(() => this.#change({ state: 'draining' })).catch(() => undefined);
    await sleep(runtime.clock, forMs, runtime.closing);
    return this.leave();
  }

  /** Leaves now. Three write units. Never throws; says what the table says. */
  leave(): Promise<LeaveResult> {
    this.#state = 'left';
    this.#left ??= this.#inTurn(() => this.#leave());
    return this.#left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  async #leave(): Promise<LeaveResult> {
    this.#end();
    const { lease, member } = this.#life;
    return this.#parts.entry.leave(lease, member);
  }

  async #change(details: Partial<Details>): Promise<void> {
    this.#details = { ...this.#details, ...details };
    const { lost } = this.#life.lease;
    // It will be told when the next life begins.
    if (this.#state === 'rejoining') return;
    if (lost !== undefined) throw lost;
    const before = this.#life.member;
    // Counted before it is sent: a number stands for one content, whatever becomes of the request.
    const after = { ...before, ...this.#details, version: before.version + 1 };
    this.#life.member = { ...before, version: after.version };
    const result = await this.#parts.entry.change(before, after);
    this.#life.member = after;
    if (result === 'done') return;
    const detail = 'its row is gone, or of a newer life';
    this.#life.lease.keeper.lose({ reason: result === 'gone' ? 'removed' : 'taken', detail });
    if (result === 'evicted') throw this.#life.lease.lost;
  }

  #follow({ lease }: Life): void {
    this.#lives.add(lease.id);
    const onLoss = () => this.#afterLoss(lease.lost);
    lease.signal.addEventListener('abort', onLoss, { once: true });
    if (lease.signal.aborted) onLoss();
  }

  #afterLoss(loss: LeaseLostError | undefined): void {
    if (this.#state !== 'joined') return;
    const isOver = loss?.reason === 'taken' || !this.#parts.rejoins;
    this.#state = isOver ? 'ended' : 'rejoining';
    if (isOver) this.#end();
    else void this.#inTurn(() => this.#rejoin());
  }

  async #rejoin(): Promise<void> {
    const { clock, random, closing } = this.#parts.runtime;
    const isOver = () => closing.aborted || this.#state !== 'rejoining';
    for (let failures = 0; !isOver(); failures += 1) {
      try {
        // Only lives of our own: another's is of a newer process, and it has the right of way.
        const mayEvict = ({ id }: Owner) => this.#lives.has(id);
        const life = await live(this.#parts, this.#details, mayEvict, (id) => this.#lives.add(id));
        if (life === undefined) {
          if (this.#state === 'rejoining') this.#state = 'ended';
          return this.#end();
        }
        this.#life = life;
        if (this.#state === 'rejoining') this.#state = 'joined';
        return this.#follow(life);
      } catch {
        await sleep(clock, backoffMs(random, failures), closing, { keepsProcessAlive: false });
      }
    }
  }

  #end(): void {
    this.#delay.stop();
    this.#parts.onEnd(this as unknown as Membership);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** Begins a life: beat, member row, head. `undefined`: the id is somebody else's. */
async function live(
  { runtime, entry, leaseMs, title }: MembershipParts,
  details: Details,
  mayEvict: (owner: Owner) => boolean,
  onTry: (incarnation: string) => void = () => undefined,
): Promise<Life | undefined> {
  const incarnation = runtime.random.id();
  onTry(incarnation);
  const lease = await entry.beat.take(incarnation, leaseMs(), mayEvict);
  if (lease === undefined) return undefined;
  const { id } = entry;
  const member = { id, incarnation, generation: lease.token, version: 1, ...details };
  try {
    const result = await entry.enter(member);
    if (result === 'evicted') {
      entry.beat.setDown(lease);
      return undefined;
    }
    runtime.closing.throwIfAborted();
    if (lease.lost !== undefined) throw lease.lost;
    return { lease, member };
  } catch (error) {
    // Nobody must be in the group whose process has been told that it is not.
    await entry.leave(lease, member);
    throw error instanceof LeaseLostError
      ? new HoldfastError('store-unavailable', `${title}: lost while joining`, { cause: error })
      : error;
  }
}

function definedOf(change: object): Partial<Details> {
  const parts = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(parts) as Partial<Details>;
}
