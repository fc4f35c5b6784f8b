import { sleep } from '../../lib/core/clock.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import type { Holdfast } from '../../lib/holdfast.ts';
import { checkExclusion } from '../check/exclusion.ts';
import { checkTokens, type Grant } from '../check/fencing.ts';
import { eventCounter } from '../check/recorder.ts';
import { demand } from '../check/verdict.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { LEASE_MS, open } from './connect.ts';
import { AS_IT_IS, type ExploredLibrary } from './library.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

export interface LocksScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, LocksUse>>;
  readonly faults: FaultBudget;
  /** @default as it is */
  readonly library?: ExploredLibrary;
}

/**
 * - `x-and-y`, `y-and-x`: waits for both locks at once, which it names in this order.
 * - `try`: tries for both once.
 * - `y-then-x`: waits for one, and while it holds that for the other, for a while.
 */
export type LocksUse = 'x-and-y' | 'y-and-x' | 'try' | 'y-then-x';

type LockName = 'x' | 'y';

interface Hold {
  readonly token: number;
  remainingMs(): number;
}

/** Everybody holds for some time: moments do not overlap. */
const BRIEF_MS = 0.05 * LEASE_MS;

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runLocksScenario(scenario: LocksScenario, chooser: Chooser): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  const play = new LocksPlay(schedule, scenario.library ?? AS_IT_IS);
  for (const [name, use] of Object.entries(scenario.clients)) {
    schedule.start(name, (client) => play.run(client, use));
  }
  await schedule.run();
  play.judge();
  // Whoever is alive has given back all that he has got, and what he has got in part. What came
  // late may have put somebody into a line who is gone: that ends with the time for his claim.
  const { crashes, duplicates, delays } = scenario.faults;
  const held = schedule.memory.snapshot().find(({ owner }) => owner !== undefined);
  if (held !== undefined && !(crashes || duplicates || delays)) {
    throw new Error(`${held.pk} is still held`);
  }
  return schedule.operations;
}

class LocksPlay {
  readonly #schedule: Schedule;
  readonly #library: ExploredLibrary;
  readonly #now = eventCounter();
  readonly #claims = { x: new HeldClaims(), y: new HeldClaims() };
  readonly #grants: Readonly<Record<LockName, Grant[]>> = { x: [], y: [] };

  constructor(schedule: Schedule, library: ExploredLibrary) {
    this.#schedule = schedule;
    this.#library = library;
  }

  async run(client: ScheduledClient, use: LocksUse): Promise<void> {
    const holdfast = open(this.#library, client);
    try {
      await this.#use(client, use, holdfast);
    } catch (error) {
      if (!isHoldfastError(error, 'lease-lost')) throw error;
    }
    await holdfast.close();
  }

  judge(): void {
    for (const name of ['x', 'y'] as const) {
      demand(checkTokens(this.#grants[name]), 0);
      demand(checkExclusion(this.#claims[name].intervals), 0);
    }
  }

  async #use(client: ScheduledClient, use: LocksUse, holdfast: Holdfast): Promise<void> {
    if (use === 'y-then-x') return this.#oneByOne(client, holdfast);
    const both = this.#library.locks(holdfast, use === 'y-and-x' ? ['y', 'x'] : ['x', 'y']);
    const calledAt = this.#now();
    const result =
      use === 'try'
        ? await both.tryAcquire({ leaseMs: LEASE_MS })
        : { acquired: true as const, hold: await both.acquire({ leaseMs: LEASE_MS }) };
    if (!result.acquired) return this.#checkHoldsNothing(client);
    const { hold } = result;
    const lost = ['x', 'y'].find((name) => hold.hold(name).remainingMs() === 0);
    if (lost !== undefined) throw new Error(`granted without ${lost}`);
    const claims = (['x', 'y'] as const).map((name) =>
      this.#begin(client, name, hold.hold(name), calledAt),
    );
    await sleep(client.clock, BRIEF_MS, hold.signal);
    for (const claim of claims) claim.end();
    await hold.release();
  }

  async #oneByOne(client: ScheduledClient, holdfast: Holdfast): Promise<void> {
    const calledAt = this.#now();
    await using y = await holdfast.lock('y').acquire({ leaseMs: LEASE_MS });
    const claim = this.#begin(client, 'y', y, calledAt);
    const waiting = { leaseMs: LEASE_MS, timeoutMs: LEASE_MS / 2, signal: y.signal };
    try {
      await using x = await holdfast.lock('x').acquire(waiting);
      this.#begin(client, 'x', x, calledAt).end();
    } catch (error) {
      if (!isHoldfastError(error, 'acquire-timeout')) throw error;
    } finally {
      claim.end();
    }
  }

  #checkHoldsNothing({ name }: ScheduledClient): void {
    const rows = this.#schedule.memory.snapshot();
    const kept = rows.find(({ ownerLabel }) => ownerLabel === name);
    if (kept !== undefined) throw new Error(`${kept.pk} was kept after the try`);
  }

  #begin({ name: holder }: ScheduledClient, name: LockName, hold: Hold, calledAt: number) {
    const { token } = hold;
    this.#grants[name].push({ holder, token, calledAt, returnedAt: this.#now() });
    return this.#claims[name].begin(this.#schedule.clock, { rate: 1 }, { holder, token }, hold);
  }
}
