import { sleep } from '../../lib/core/clock.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import type { Holdfast } from '../../lib/holdfast.ts';
import type { LockHold } from '../../lib/lock/lock.ts';
import type { ExportedHold } from '../../lib/recipes/index.ts';
import { checkExclusion } from '../check/exclusion.ts';
import { checkTokens, type Grant } from '../check/fencing.ts';
import { eventCounter } from '../check/recorder.ts';
import { demand } from '../check/verdict.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { LEASE_MS, open } from './connect.ts';
import { AS_IT_IS, type ExploredLibrary } from './library.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

export interface ExportScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, ExportUse>>;
  readonly faults: FaultBudget;
  /** @default as it is */
  readonly library?: ExploredLibrary;
}

/**
 * - `pass`: takes the lock, exports the hold for everybody to adopt, and leaves it at that.
 * - `resume`: the same, and adopts it, too.
 * - `adopt`: adopts what was exported.
 * - `wait`: waits for the lock, as anybody does.
 */
export type ExportUse = 'pass' | 'resume' | 'adopt' | 'wait';

/** Everybody holds for some time: moments do not overlap. */
const BRIEF_MS = 0.05 * LEASE_MS;
/** Longer than any pause of a world without one. */
const EXPORT_MS = 3 * LEASE_MS;

/** What somebody who stood still is told. */
const WEATHER = ['lease-lost', 'store-unavailable'] as const;

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runExportScenario(
  scenario: ExportScenario,
  chooser: Chooser,
): Promise<number> {
  const { clients, faults } = scenario;
  const schedule = new Schedule(chooser, faults);
  const play = new ExportPlay(schedule, scenario.library ?? AS_IT_IS);
  for (const [name, use] of Object.entries(clients)) {
    schedule.start(name, (client) => play.run(client, use));
  }
  await schedule.run();
  const isAnybodyLate = faults.crashes !== undefined || faults.pauses !== undefined;
  play.judge(isAnybodyLate ? 0 : 1);
  return schedule.operations;
}

class ExportPlay {
  readonly #schedule: Schedule;
  readonly #library: ExploredLibrary;
  readonly #now = eventCounter();
  readonly #claims = new HeldClaims();
  readonly #grants: Grant[] = [];
  readonly #adopters: string[] = [];
  readonly #sent: Promise<ExportedHold | undefined>;
  #send: (exported: ExportedHold | undefined) => void = () => undefined;

  constructor(schedule: Schedule, library: ExploredLibrary) {
    this.#schedule = schedule;
    this.#library = library;
    this.#sent = new Promise((resolve) => {
      this.#send = resolve;
    });
  }

  async run(client: ScheduledClient, use: ExportUse): Promise<void> {
    const holdfast = open(this.#library, client);
    try {
      await this.#use(client, use, holdfast);
    } catch (error) {
      if (!WEATHER.some((code) => isHoldfastError(error, code))) throw error;
    } finally {
      // Whoever waits for it must not wait for ever.
      if (use === 'pass' || use === 'resume') this.#send(undefined);
    }
    await holdfast.close();
  }

  /** @param atLeast how many must have adopted the hold */
  judge(atLeast: number): void {
    demand(checkTokens(this.#grants), 0);
    demand(checkExclusion(this.#claims.intervals), 0);
    const { length } = this.#adopters;
    if (length > 1) throw new Error(`adopted by ${this.#adopters.join(' and ')}`);
    if (length < atLeast) throw new Error('adopted by nobody');
  }

  async #use(client: ScheduledClient, use: ExportUse, holdfast: Holdfast): Promise<void> {
    if (use === 'adopt') return this.#adopt(client, holdfast);
    const calledAt = this.#now();
    const hold = await holdfast.lock('it').acquire({ leaseMs: LEASE_MS });
    if (use === 'wait') return this.#hold(client, hold, calledAt);
    const claim = this.#begin(client, hold, calledAt);
    const exporting = this.#library.exportHold(hold, { leaseMs: EXPORT_MS });
    this.#send(await exporting.finally(claim.end));
    if (use === 'resume') await this.#adopt(client, holdfast);
  }

  async #adopt(client: ScheduledClient, holdfast: Holdfast): Promise<void> {
    const stop = new AbortController();
    // A crash of the one who exports must not let the others wait for ever.
    const patience = sleep(client.clock, EXPORT_MS, stop.signal);
    const exported = await Promise.race([this.#sent, patience]);
    stop.abort();
    if (exported === undefined) return;
    const calledAt = this.#now();
    try {
      const hold = await this.#library.adopt(holdfast, exported, { leaseMs: LEASE_MS });
      this.#adopters.push(client.name);
      await this.#hold(client, hold, calledAt);
    } catch (error) {
      if (!isHoldfastError(error, 'export-stale')) throw error;
    }
  }

  async #hold(client: ScheduledClient, hold: LockHold, calledAt: number): Promise<void> {
    const claim = this.#begin(client, hold, calledAt);
    await sleep(client.clock, BRIEF_MS, hold.signal);
    claim.end();
    await hold.release();
  }

  #begin({ name: holder }: ScheduledClient, hold: LockHold, calledAt: number) {
    const { token } = hold;
    this.#grants.push({ holder, token, calledAt, returnedAt: this.#now() });
    return this.#claims.begin(this.#schedule.clock, { rate: 1 }, { holder, token }, hold);
  }
}
