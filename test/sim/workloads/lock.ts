import { sleep } from '../../../lib/core/clock.ts';
import type { LockHold } from '../../../lib/lock/lock.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { SimulatedClient } from '../client.ts';
import type { Arrival } from '../traced-store.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { type AcquireCall, LockRecord } from './lock-record.ts';
import {
  drawHabits,
  Endings,
  type Habits,
  leaseOf,
  repeat,
  runSession,
  type Thread,
} from './session.ts';

export interface LockWorkloadOptions {
  /** Off, to see that the simulator then finds what fencing prevents. @default true */
  readonly isFenced?: boolean | undefined;
}

const WAYS = ['try', 'using', 'timeout', 'abort', 'patient'] as const;

/**
 * Clients that compete for a few locks in every way there is (trying, waiting, giving up, under
 * `using`), in several threads each, and change a counter under each hold.
 */
export class LockWorkload implements Workload {
  readonly #habits: Habits;
  readonly #records: readonly LockRecord[];
  readonly #endings = new Endings();
  readonly #traffic = { sessions: 0, tries: 0, busy: 0, waits: 0, underSessions: 0 };

  constructor(random: SeededRandom, options: LockWorkloadOptions = {}) {
    const isFenced = options.isFenced ?? true;
    this.#habits = drawHabits(random);
    this.#records = Array.from(
      { length: random.integer(1, 3) },
      (_, index) => new LockRecord(`lock-${index + 1}`, { isFenced }),
    );
  }

  get clientNames(): readonly string[] {
    return this.#habits.clientNames;
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    while (world.phase !== 'ending') {
      this.#traffic.sessions += 1;
      await runSession(client, world, this.#habits, (thread) => this.#work(thread));
    }
    // Once the storm is over everybody can have every lock, without a limit to the wait.
    await runSession(client, world, this.#habits, (thread) => this.#lastRound(thread));
  }

  onArrival(arrival: Arrival): void {
    for (const record of this.#records) record.onArrival(arrival);
  }

  judge(): readonly Judgement[] {
    return this.#records.flatMap((record) => record.judge());
  }

  traffic(): Readonly<Record<string, number>> {
    const sums = { ...this.#traffic, ...this.#endings.counts, grants: 0, writes: 0 };
    for (const record of this.#records) {
      sums.grants += record.grants.length;
      sums.writes += record.counter.writes.length;
    }
    return sums;
  }

  #work(thread: Thread): Promise<void> {
    return repeat(thread, this.#habits, this.#endings, () =>
      this.#use(thread.random.pick(this.#records), thread),
    );
  }

  async #lastRound(thread: Thread): Promise<void> {
    for (const record of this.#records) {
      const call = record.callAcquire(thread.name);
      const lease = leaseOf(thread, this.#habits);
      const hold = await thread.holdfast.lock(record.name).acquire(lease);
      await this.#hold(hold, record, thread, call);
    }
  }

  async #use(record: LockRecord, thread: Thread): Promise<void> {
    const { random, name, holdfast, client } = thread;
    const lease = leaseOf(thread, this.#habits);
    const lock = holdfast.lock(record.name);
    const timeoutMs = random.between(0, 3 * this.#habits.leaseMs);
    const way = random.pick(WAYS);
    const call = record.callAcquire(name);
    this.#traffic[way === 'try' ? 'tries' : 'waits'] += 1;
    if (lease.under !== undefined) this.#traffic.underSessions += 1;
    switch (way) {
      case 'try': {
        const result = await lock.tryAcquire(lease);
        if (result.acquired) await this.#hold(result.hold, record, thread, call);
        else this.#traffic.busy += 1;
        return;
      }
      case 'using': {
        const body = async (hold: LockHold) => {
          await this.#workUnder(hold, record, thread, call);
        };
        return lock.using(body, { ...lease, timeoutMs });
      }
      case 'timeout':
        return this.#hold(await lock.acquire({ ...lease, timeoutMs }), record, thread, call);
      case 'abort': {
        const abort = new AbortController();
        const timer = client.clock.startTimer(timeoutMs, () => abort.abort());
        const hold = await lock.acquire({ ...lease, signal: abort.signal });
        timer.cancel();
        return this.#hold(hold, record, thread, call);
      }
      case 'patient':
        return this.#hold(await lock.acquire(lease), record, thread, call);
    }
  }

  async #hold(
    hold: LockHold,
    record: LockRecord,
    thread: Thread,
    call: AcquireCall,
  ): Promise<void> {
    const granted = await this.#workUnder(hold, record, thread, call);
    granted.released(await hold.release());
  }

  /** Works under a hold up to its release; returns what wants to know the release's result. */
  async #workUnder(hold: LockHold, record: LockRecord, thread: Thread, call: AcquireCall) {
    const { client, world, random, name, holds } = thread;
    const { token } = hold;
    const granted = call.granted(token);
    const claim = record.claims.begin(world.clock, client, { holder: name, token }, hold);
    const end = () => {
      claim.end();
      granted.beginRelease();
    };
    holds.add(end);
    // A careless holder does not look whether it still holds. Its writes must fail all the same.
    const isCareless = random.chance(0.5);
    const stops = () => !claim.look() && !isCareless;
    await record.counter.addOnes(client, { name, token, stops }, random.integer(0, 3));
    // Some hold on for several leases, on renewals alone.
    for (let left = random.chance(0.2) ? random.integer(1, 8) : 0; left > 0; left -= 1) {
      await sleep(client.clock, random.between(0, this.#habits.leaseMs), hold.signal);
      if (!claim.look()) break;
    }
    end();
    holds.delete(end);
    return granted;
  }
}
