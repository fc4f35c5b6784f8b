import { sleep } from '../../../lib/core/clock.ts';
import { readWriteLock, semaphore } from '../../../lib/recipes/index.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { checkPermits } from '../../check/permits.ts';
import type { SimulatedClient } from '../client.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { HeldClaims } from './held-claims.ts';
import {
  drawHabits,
  Endings,
  type Habits,
  leaseOf,
  repeat,
  runSession,
  type Thread,
} from './session.ts';

export interface PermitsWorkloadOptions {
  /** Permits that are judged to exist beside the real ones: fewer, to see the checker at work. */
  readonly judgedMore?: number | undefined;
}

/** What every hold of permits can do. */
interface Hold {
  readonly token: number;
  readonly signal: AbortSignal;
  remainingMs(): number;
  release(): Promise<unknown>;
}

/** Readers of a read-write lock that its row has room for. */
const READERS_MAX = 64;

/** Clients that share a semaphore and a read-write lock, waiting, trying, changing sides. */
export class PermitsWorkload implements Workload {
  readonly #habits: Habits;
  readonly #limit: number;
  readonly #judgedMore: number;
  readonly #endings = new Endings();
  readonly #claims = { semaphore: new HeldClaims(), lock: new HeldClaims() };
  /** How many permits a claim is about, by its unique name. */
  readonly #permits = new Map<string, number>();
  readonly #traffic = { sessions: 0, tries: 0, busy: 0, upgrades: 0, downgrades: 0 };

  constructor(random: SeededRandom, { judgedMore = 0 }: PermitsWorkloadOptions = {}) {
    this.#habits = drawHabits(random);
    this.#limit = random.integer(2, 4);
    this.#judgedMore = judgedMore;
  }

  get clientNames(): readonly string[] {
    return this.#habits.clientNames;
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    while (world.phase !== 'ending') {
      this.#traffic.sessions += 1;
      await runSession(client, world, this.#habits, (thread) =>
        repeat(thread, this.#habits, this.#endings, () => this.#use(thread)),
      );
    }
    // Once the storm is over everybody can have everything, without a limit to the wait.
    await runSession(client, world, this.#habits, async (thread) => {
      const lease = leaseOf(thread, this.#habits);
      const all = await this.#semaphore(thread).acquire({ permits: this.#limit, ...lease });
      await this.#hold(thread, 'semaphore', this.#limit, all);
      await this.#write(thread, undefined);
    });
  }

  judge(): readonly Judgement[] {
    return (['semaphore', 'lock'] as const).map((kind) => {
      const limit = kind === 'lock' ? READERS_MAX : this.#limit;
      const intervals = this.#claims[kind].intervals.map((interval) => ({
        ...interval,
        permits: this.#permits.get(interval.holder) ?? 0,
      }));
      const verdict = checkPermits(intervals, limit + this.#judgedMore);
      return { name: `permits of the ${kind}`, verdict };
    });
  }

  traffic(): Readonly<Record<string, number>> {
    return { ...this.#traffic, ...this.#endings.counts, grants: this.#permits.size };
  }

  #semaphore({ holdfast }: Thread) {
    return semaphore(holdfast, 'permits', { permits: this.#limit });
  }

  async #use(thread: Thread): Promise<void> {
    const { random } = thread;
    const { leaseMs } = this.#habits;
    const timeoutMs = random.chance(0.3) ? undefined : random.between(0, 3 * leaseMs);
    if (random.chance(0.5)) return this.#share(thread, timeoutMs);
    if (random.chance(0.3)) return this.#write(thread, timeoutMs);
    return this.#read(thread, timeoutMs);
  }

  async #share(thread: Thread, timeoutMs: number | undefined): Promise<void> {
    const lease = leaseOf(thread, this.#habits);
    const permits = thread.random.integer(1, this.#limit);
    const shared = this.#semaphore(thread);
    if (thread.random.chance(0.5)) {
      const hold = await shared.acquire({ permits, ...lease, timeoutMs });
      return this.#hold(thread, 'semaphore', permits, hold);
    }
    this.#traffic.tries += 1;
    const result = await shared.tryAcquire({ permits, ...lease });
    if (result.acquired) return this.#hold(thread, 'semaphore', permits, result.hold);
    this.#traffic.busy += 1;
  }

  async #write(thread: Thread, timeoutMs: number | undefined): Promise<void> {
    const lease = leaseOf(thread, this.#habits);
    const lock = readWriteLock(thread.holdfast, 'lock');
    const hold = await lock.write.acquire({ ...lease, timeoutMs });
    if (thread.random.chance(0.5)) return this.#hold(thread, 'lock', READERS_MAX, hold);
    const claim = this.#begin(thread, 'lock', READERS_MAX, hold);
    await sleep(thread.client.clock, thread.random.between(0, 500), hold.signal);
    claim.look();
    claim.end();
    this.#traffic.downgrades += 1;
    await this.#hold(thread, 'lock', 1, await hold.downgrade());
  }

  async #read(thread: Thread, timeoutMs: number | undefined): Promise<void> {
    const lease = leaseOf(thread, this.#habits);
    const lock = readWriteLock(thread.holdfast, 'lock');
    const hold = await lock.read.acquire({ ...lease, timeoutMs });
    if (thread.random.chance(0.7)) return this.#hold(thread, 'lock', 1, hold);
    const claim = this.#begin(thread, 'lock', 1, hold);
    try {
      const written = await hold.tryUpgrade();
      claim.end();
      if (written === undefined) return await this.#hold(thread, 'lock', 1, hold);
      this.#traffic.upgrades += 1;
      await this.#hold(thread, 'lock', READERS_MAX, written);
    } finally {
      claim.end();
      await hold.release();
    }
  }

  async #hold(thread: Thread, kind: 'semaphore' | 'lock', permits: number, hold: Hold) {
    const { random, client } = thread;
    const claim = this.#begin(thread, kind, permits, hold);
    const durationMs = random.between(0, random.chance(0.2) ? 1.5 * this.#habits.leaseMs : 500);
    await sleep(client.clock, durationMs, hold.signal);
    claim.look();
    claim.end();
    await hold.release();
  }

  #begin(thread: Thread, kind: 'semaphore' | 'lock', permits: number, hold: Hold) {
    const holder = `${thread.name}/${this.#permits.size}`;
    this.#permits.set(holder, permits);
    const { world, client, holds } = thread;
    const who = { holder, token: hold.token };
    const claim = this.#claims[kind].begin(world.clock, client, who, hold);
    const end = () => {
      claim.end();
      holds.delete(end);
    };
    holds.add(end);
    return { look: claim.look, end };
  }
}
