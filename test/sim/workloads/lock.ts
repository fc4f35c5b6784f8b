import { sleep } from '../../../lib/core/clock.ts';
import { isHoldfastError } from '../../../lib/errors.ts';
import { Holdfast } from '../../../lib/holdfast.ts';
import type { Lock, LockHold } from '../../../lib/lock/lock.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { SimulatedClient } from '../client.ts';
import type { Arrival } from '../traced-store.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import type { Claim } from './held-claims.ts';
import { type AcquireCall, LockRecord, NAMESPACE } from './lock-record.ts';

export interface LockWorkloadOptions {
  /** Off, to see that the simulator then finds what fencing prevents. @default true */
  readonly isFenced?: boolean | undefined;
}

/** One of the threads in which a client works. */
interface Thread {
  readonly name: string;
  readonly client: SimulatedClient;
  readonly world: World;
  readonly random: SeededRandom;
  /** What the threads of the session believe to hold. */
  readonly claims: Set<Claim>;
}

/** Endings that callers of a lock have to reckon with in bad weather. */
const EXPECTED = {
  'acquire-timeout': 'givenUp',
  'store-unavailable': 'outages',
  'clock-unknown': 'outages',
  'lease-lost': 'lost',
} as const;

/**
 * Clients that compete for a few locks in every way there is (trying, waiting, giving up, under
 * `using`), in several threads each, and change a counter under each hold.
 */
export class LockWorkload implements Workload {
  readonly clientNames: readonly string[];
  readonly #leaseMs: number;
  readonly #requestTimeoutMs: number;
  readonly #threads: number;
  readonly #thinkMsMax: number;
  readonly #records: readonly LockRecord[];
  readonly #traffic = { sessions: 0, tries: 0, busy: 0, waits: 0, givenUp: 0, outages: 0, lost: 0 };

  constructor(random: SeededRandom, options: LockWorkloadOptions = {}) {
    const isFenced = options.isFenced ?? true;
    const clients = random.integer(2, 6);
    const locks = random.integer(1, 3);
    this.clientNames = Array.from({ length: clients }, (_, index) => `client-${index + 1}`);
    this.#leaseMs = random.pick([2_000, 3_000, 5_000, 15_000]);
    this.#requestTimeoutMs = random.pick([150, 400, 650]);
    this.#threads = random.integer(1, 3);
    this.#thinkMsMax = random.pick([100, 1_000, 10_000]);
    this.#records = Array.from(
      { length: locks },
      (_, index) => new LockRecord(`lock-${index + 1}`, { isFenced }),
    );
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    while (world.phase !== 'ending') await this.#session(client, world);
    await this.#lastRound(client, world);
  }

  onArrival(arrival: Arrival): void {
    for (const record of this.#records) record.onArrival(arrival);
  }

  judge(): readonly Judgement[] {
    return this.#records.flatMap((record) => record.judge());
  }

  traffic(): Readonly<Record<string, number>> {
    const sums = { ...this.#traffic, grants: 0, writes: 0 };
    for (const record of this.#records) {
      sums.grants += record.grants.length;
      sums.writes += record.counter.writes.length;
    }
    return sums;
  }

  /** From the making of a `Holdfast` to its closing. */
  async #session(client: SimulatedClient, world: World): Promise<void> {
    this.#traffic.sessions += 1;
    const holdfast = this.#connect(client);
    const claims = new Set<Claim>();
    const threads = Array.from({ length: this.#threads }, (_, index) => {
      const name = `${client.name}.${client.incarnation}.${index}`;
      return this.#work(holdfast, { name, client, world, random: client.random, claims });
    });
    // Some sessions are closed while threads wait or hold.
    if (client.random.chance(0.2)) {
      await sleep(client.clock, client.random.between(0, 30_000));
      for (const claim of claims) claim.end();
      await holdfast.close();
    }
    await Promise.all(threads);
    await holdfast.close();
  }

  /** Once the storm is over everybody can have every lock, without a limit to the wait. */
  async #lastRound(client: SimulatedClient, world: World): Promise<void> {
    const holdfast = this.#connect(client);
    const name = `${client.name}.${client.incarnation}.last`;
    const claims = new Set<Claim>();
    const thread: Thread = { name, client, world, random: client.random, claims };
    for (const record of this.#records) {
      const call = record.callAcquire(name);
      const hold = await holdfast.lock(record.name).acquire({ leaseMs: this.#leaseMs });
      await this.#hold(hold, record, thread, call);
    }
    await holdfast.close();
  }

  #connect(client: SimulatedClient): Holdfast {
    return new Holdfast({
      store: client.store,
      clock: client.clock,
      random: client.random,
      label: `${client.name}.${client.incarnation}`,
      namespace: NAMESPACE,
      mode: 'service',
      requestTimeoutMs: this.#requestTimeoutMs,
    });
  }

  /** A few uses of locks, one after the other. */
  async #work(holdfast: Holdfast, thread: Thread): Promise<void> {
    const { client, world, random } = thread;
    for (let uses = random.integer(5, 30); uses > 0 && world.phase !== 'ending'; uses -= 1) {
      await sleep(client.clock, random.between(0, this.#thinkMsMax));
      const record = random.pick(this.#records);
      try {
        await this.#use(holdfast.lock(record.name), record, thread);
      } catch (error) {
        if (isHoldfastError(error, 'closed')) return;
        this.#expect(error);
      }
    }
  }

  #expect(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') {
      this.#traffic.givenUp += 1;
      return;
    }
    const kind = isHoldfastError(error) && EXPECTED[error.code as keyof typeof EXPECTED];
    if (!kind) throw error;
    this.#traffic[kind] += 1;
  }

  async #use(lock: Lock, record: LockRecord, thread: Thread): Promise<void> {
    const { random, name } = thread;
    const leaseMs = this.#leaseMs;
    const timeoutMs = random.between(0, 3 * leaseMs);
    const way = random.pick(['try', 'using', 'timeout', 'abort', 'patient'] as const);
    const call = record.callAcquire(name);
    this.#traffic[way === 'try' ? 'tries' : 'waits'] += 1;
    switch (way) {
      case 'try': {
        const result = await lock.tryAcquire({ leaseMs });
        if (result.acquired) await this.#hold(result.hold, record, thread, call);
        else this.#traffic.busy += 1;
        return;
      }
      case 'using':
        await lock.using(async (hold) => void (await this.#workUnder(hold, record, thread, call)), {
          leaseMs,
          timeoutMs,
        });
        return;
      case 'timeout':
        return this.#hold(await lock.acquire({ leaseMs, timeoutMs }), record, thread, call);
      case 'abort': {
        const abort = new AbortController();
        const timer = thread.client.clock.startTimer(timeoutMs, () => abort.abort());
        const hold = await lock.acquire({ leaseMs, signal: abort.signal });
        timer.cancel();
        return this.#hold(hold, record, thread, call);
      }
      case 'patient':
        return this.#hold(await lock.acquire({ leaseMs }), record, thread, call);
    }
  }

  async #hold(
    hold: LockHold,
    record: LockRecord,
    thread: Thread,
    call: AcquireCall,
  ): Promise<void> {
    const callRelease = await this.#workUnder(hold, record, thread, call);
    callRelease(await hold.release());
  }

  /** Works under a hold; returns what to call with the result of its release. */
  async #workUnder(hold: LockHold, record: LockRecord, thread: Thread, call: AcquireCall) {
    const { client, world, random, name, claims } = thread;
    const { token } = hold;
    const callRelease = call.granted(token);
    const claim = record.claims.begin(world.clock, client, { holder: name, token }, hold);
    claims.add(claim);
    // A careless holder does not look whether it still holds. Its writes must fail all the same.
    const isCareless = random.chance(0.5);
    const stops = () => !claim.look() && !isCareless;
    await record.counter.addOnes(client, { name, token, stops }, random.integer(0, 3));
    if (random.chance(0.2)) {
      await sleep(client.clock, random.between(0, 1.5 * this.#leaseMs), hold.signal);
      claim.look();
    }
    claim.end();
    claims.delete(claim);
    return callRelease();
  }
}
