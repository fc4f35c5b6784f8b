import { sleep } from '../../lib/core/clock.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import type { Holdfast } from '../../lib/holdfast.ts';
import { readWriteLock, semaphore } from '../../lib/recipes/index.ts';
import { checkPermits } from '../check/permits.ts';
import { demand } from '../check/verdict.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { connect, LEASE_MS } from './connect.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

export interface PermitScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, PermitUse>>;
  readonly faults: FaultBudget;
  /** How many permits the judge believes in beside the real ones. @default 0 */
  readonly judgedMore?: number;
}

/**
 * - `share`: waits for the one permit of a semaphore.
 * - `work`: the same, and holds it for long enough to renew it.
 * - `try`: tries once.
 * - `read`, `write`: one side of a read-write lock.
 * - `upgrade`: reads, and becomes the writer if nobody else reads.
 * - `downgrade`: writes, and goes on as a reader.
 */
export type PermitUse = 'share' | 'work' | 'try' | 'read' | 'write' | 'upgrade' | 'downgrade';

/** Readers of a read-write lock that its row has room for: what a writer takes. */
const READERS_MAX = 64;

/** Everybody holds for some time: moments do not overlap. */
const BRIEF_MS = 0.05 * LEASE_MS;

interface Hold {
  readonly token: number;
  readonly signal: AbortSignal;
  remainingMs(): number;
  release(): Promise<unknown>;
}

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runPermitScenario(
  scenario: PermitScenario,
  chooser: Chooser,
): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  const play = new PermitPlay(schedule);
  for (const [name, use] of Object.entries(scenario.clients)) {
    schedule.start(name, (client) => play.run(client, use));
  }
  await schedule.run();
  play.judge(scenario.judgedMore ?? 0);
  return schedule.operations;
}

class PermitPlay {
  readonly #schedule: Schedule;
  readonly #claims = { semaphore: new HeldClaims(), lock: new HeldClaims() };
  /** How many permits a claim is about, by its unique name. */
  readonly #permits = new Map<string, number>();

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  async run(client: ScheduledClient, use: PermitUse): Promise<void> {
    const holdfast = connect(client);
    try {
      await this.#use(client, use, holdfast);
    } catch (error) {
      if (!isHoldfastError(error, 'lease-lost')) throw error;
    }
    await holdfast.close();
  }

  judge(judgedMore: number): void {
    for (const kind of ['semaphore', 'lock'] as const) {
      const limit = kind === 'lock' ? READERS_MAX : 1;
      const intervals = this.#claims[kind].intervals.map((interval) => ({
        ...interval,
        permits: this.#permits.get(interval.holder) ?? 0,
      }));
      demand(checkPermits(intervals, limit + judgedMore), 0);
    }
  }

  async #use(client: ScheduledClient, use: PermitUse, holdfast: Holdfast): Promise<void> {
    const leaseMs = LEASE_MS;
    const shared = semaphore(holdfast, 'permits', { permits: 1 });
    const lock = readWriteLock(holdfast, 'lock');
    switch (use) {
      case 'share':
      case 'work': {
        const holdMs = use === 'work' ? 0.6 * LEASE_MS : BRIEF_MS;
        return this.#hold(client, 'semaphore', 1, await shared.acquire({ leaseMs }), holdMs);
      }
      case 'try': {
        const result = await shared.tryAcquire({ leaseMs });
        if (result.acquired) await this.#hold(client, 'semaphore', 1, result.hold);
        return;
      }
      case 'read':
        return this.#hold(client, 'lock', 1, await lock.read.acquire({ leaseMs }));
      case 'write':
        return this.#hold(client, 'lock', READERS_MAX, await lock.write.acquire({ leaseMs }));
      case 'upgrade': {
        const hold = await lock.read.acquire({ leaseMs });
        const claim = this.#begin(client, 'lock', 1, hold);
        const written = await hold.tryUpgrade().finally(claim.end);
        if (written === undefined) return this.#hold(client, 'lock', 1, hold);
        return this.#hold(client, 'lock', READERS_MAX, written);
      }
      case 'downgrade': {
        const hold = await lock.write.acquire({ leaseMs });
        this.#begin(client, 'lock', READERS_MAX, hold).end();
        return this.#hold(client, 'lock', 1, await hold.downgrade());
      }
    }
  }

  async #hold(
    client: ScheduledClient,
    kind: 'semaphore' | 'lock',
    permits: number,
    hold: Hold,
    holdMs: number = BRIEF_MS,
  ): Promise<void> {
    const claim = this.#begin(client, kind, permits, hold);
    await sleep(client.clock, holdMs, hold.signal);
    claim.look();
    claim.end();
    await hold.release();
  }

  #begin(client: ScheduledClient, kind: 'semaphore' | 'lock', permits: number, hold: Hold) {
    const holder = `${client.name}/${this.#permits.size}`;
    this.#permits.set(holder, permits);
    const who = { holder, token: hold.token };
    return this.#claims[kind].begin(this.#schedule.clock, { rate: 1 }, who, hold);
  }
}
