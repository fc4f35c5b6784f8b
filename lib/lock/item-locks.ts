import { deriveAbort, deriveDeadline } from '../core/abort.ts';
import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import { AcquireTimeoutError } from '../errors.ts';
import type { CloseReport, UnreleasedHold } from '../lease/close.ts';
import { RELEASE_TRIES_MS, type ReleaseResult } from '../lease/give-up.ts';
import { followLate, followRelease } from '../lease/late-attempt.ts';
import { SessionWatch } from '../lease/session-watch.ts';
import type { Terms } from '../lease/terms.ts';
import type { WaitOptions } from '../lease/wait.ts';
import type { Runtime } from '../runtime.ts';
import { textOfAttributes } from '../store/attribute.ts';
import type { ItemStore } from '../store/item-store.ts';
import { ItemClient } from './item-client.ts';
import { endUnwritten, endWriting } from './item-ending.ts';
import type { ItemLease } from './item-lease.ts';
import { ItemPursuit, type ItemPursuitResult } from './item-pursuit.ts';
import type { ItemChanges, LockedPlace } from './item-writes.ts';

/** Items are kept in mind for what was observed of them, but not without bound. */
const CLIENTS_MAX = 1_000;

/** All that one process does with locks in the items of users. */
export class ItemLocks {
  readonly #runtime: Runtime;
  readonly #items: ItemStore;
  readonly #sessions: SessionWatch;
  readonly #clients = new Map<string, ItemClient>();
  readonly #leases = new Set<ItemLease>();
  readonly #pursuits = new Set<Promise<unknown>>();

  constructor(runtime: Runtime, items: ItemStore, disconnect: () => void) {
    this.#runtime = runtime;
    this.#items = items;
    this.#sessions = new SessionWatch(runtime);
    runtime.closers.add(async () => {
      const report = await this.#close();
      disconnect();
      return report;
    });
  }

  /** One try, without waiting for anybody. */
  async tryOnce(
    place: LockedPlace,
    name: string,
    terms: Terms,
  ): Promise<Exclude<ItemPursuitResult, { kind: 'abandoned' }>> {
    const { closing } = this.#runtime;
    const result = await this.#pursue(place, { name, terms, patience: 'once', signal: closing });
    // What was granted in the moment of closing is given back by that.
    if (result.kind === 'abandoned' || closing.aborted) throw closing.reason;
    return result;
  }

  /** Looks again and again until the item is ours; there is no line. */
  async acquire(
    place: LockedPlace,
    name: string,
    terms: Terms,
    { timeoutMs, signal }: WaitOptions,
  ): Promise<ItemLease> {
    const { clock, closing } = this.#runtime;
    const client = this.#client(place);
    const ends = [signal, closing, terms.session?.signal] as const;
    const timeout = () => {
      const heldBy = client.last?.ownership.owner?.label;
      return new AcquireTimeoutError(name, timeoutMs ?? 0, heldBy);
    };
    const stop =
      timeoutMs === undefined
        ? deriveAbort(...ends)
        : deriveDeadline(clock, timeoutMs, timeout, ...ends);
    const options = { name, terms, patience: 'until-granted', signal: stop.signal } as const;
    try {
      const result = await this.#pursue(place, options);
      closing.throwIfAborted();
      if (result.kind === 'granted') return result.lease;
      throw stop.signal.reason;
    } finally {
      stop.dispose();
    }
  }

  async write(lease: ItemLease, changes: ItemChanges | 'delete'): Promise<void> {
    if (lease.keeper.remainingMs() === 0 && lease.keeper.lost) throw lease.keeper.lost;
    lease.keeper.stop();
    await endWriting(this.#runtime, lease, changes);
    this.#leases.delete(lease);
  }

  async release(lease: ItemLease): Promise<ReleaseResult> {
    lease.keeper.stop();
    const { isStub } = lease.row;
    const end = () => endUnwritten(this.#runtime, lease.client, lease, isStub);
    const result = await end();
    this.#leases.delete(lease);
    return followRelease(this.#runtime, lease, result, end);
  }

  async #pursue(
    place: LockedPlace,
    options: Omit<ConstructorParameters<typeof ItemPursuit>[2], 'sessions'>,
  ): Promise<ItemPursuitResult> {
    const client = this.#client(place);
    const pursuit = new ItemPursuit(this.#runtime, client, {
      ...options,
      sessions: this.#sessions,
    });
    const work = this.#settled(client, pursuit);
    this.#pursuits.add(work);
    return work.finally(() => this.#pursuits.delete(work));
  }

  async #settled(client: ItemClient, pursuit: ItemPursuit): Promise<ItemPursuitResult> {
    try {
      const result = await pursuit.run();
      if (result.kind === 'granted') {
        const { lease } = result;
        this.#leases.add(lease);
        const { signal } = lease.keeper;
        signal.addEventListener('abort', () => this.#leases.delete(lease), { once: true });
      } else await this.#leave(client, pursuit);
      return result;
    } catch (error) {
      await this.#leave(client, pursuit).catch(() => undefined);
      throw error;
    }
  }

  async #leave(client: ItemClient, pursuit: ItemPursuit): Promise<void> {
    followLate(this.#runtime, pursuit.late, async () => {
      await this.#withdraw(client, pursuit);
      return client.last?.ownership.token;
    });
    if (pursuit.mayBeInItem) await this.#withdraw(client, pursuit);
  }

  /** Gives back what an acquisition that ended may have been granted without an answer. */
  async #withdraw(client: ItemClient, pursuit: ItemPursuit): Promise<void> {
    const { clock, random } = this.#runtime;
    const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
    await retry({ clock, random, deadlineMs }, async (): Promise<Try<void>> => {
      const answer = await client.read();
      if (!('row' in answer)) return answer.failure.retryable ? tryAgain : stopWith(undefined);
      const { ownership, isStub } = answer.row;
      const { owner, token } = ownership;
      if (owner === undefined || !pursuit.isOurs(owner.id)) return stopWith(undefined);
      await endUnwritten(this.#runtime, client, { id: owner.id, token }, isStub);
      return stopWith(undefined);
    });
  }

  #client(place: LockedPlace): ItemClient {
    const name = `${place.table}:${textOfAttributes(place.key)}`;
    const client = this.#clients.get(name) ?? new ItemClient(this.#runtime, this.#items, place);
    // The newest last: what is forgotten was not asked for in a while.
    this.#clients.delete(name);
    this.#clients.set(name, client);
    const [oldest] = this.#clients.keys();
    if (this.#clients.size > CLIENTS_MAX && oldest !== undefined) this.#clients.delete(oldest);
    return client;
  }

  async #close(): Promise<CloseReport> {
    await Promise.allSettled(this.#pursuits);
    const unreleased: UnreleasedHold[] = [];
    const leases = [...this.#leases];
    await Promise.all(
      leases.map(async (lease) => {
        const result = await this.release(lease);
        const { name, token } = lease;
        if (result.outcome === 'unknown') unreleased.push({ name, token, cause: result.cause });
      }),
    );
    return { released: leases.length - unreleased.length, unreleased };
  }
}
