import { sleep } from '../../lib/core/clock.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import { checkExclusion } from '../check/exclusion.ts';
import { checkTokens, type Grant } from '../check/fencing.ts';
import { eventCounter } from '../check/recorder.ts';
import { demand } from '../check/verdict.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import { itemKey } from '../unit/support/own-items.ts';
import type { Chooser } from './choices.ts';
import { LEASE_MS, open } from './connect.ts';
import { AS_IT_IS, type ExploredLibrary } from './library.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';
import { type Taking, type Thing, take } from './things.ts';

export interface SessionScenario {
  /** What everybody wants, and one can have. */
  readonly thing: Thing;
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, SessionUse>>;
  readonly faults: FaultBudget;
  /** @default as it is */
  readonly library?: ExploredLibrary;
}

/**
 * - `keep`: takes it under a session, for long enough to need a beat, and ends the session alone.
 * - `return`: takes it under a session and gives it back, and the session outlives everybody.
 * - `wait`: waits for it, without a session.
 */
export type SessionUse = 'keep' | 'return' | 'wait';

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runSessionScenario(
  scenario: SessionScenario,
  chooser: Chooser,
): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  // An item that goes with its lock has no tokens that grow.
  await schedule.memory.write({ kind: 'put', item: { ...itemKey('it'), since: 1 } });
  const play = new SessionPlay(schedule, scenario);
  for (const [name, use] of Object.entries(scenario.clients)) {
    schedule.start(name, (client) => play.run(client, use));
  }
  await schedule.run();
  play.judge();
  return schedule.operations;
}

/** Long enough for a beat. */
const KEPT_MS = 0.3 * LEASE_MS;
/** Everybody holds for some time: moments do not overlap. */
const BRIEF_MS = 0.05 * LEASE_MS;
/** The end of the session; and what the release of a name was told that was overtaken. */
const WEATHER = ['lease-lost', 'store-unavailable'] as const;

class SessionPlay {
  readonly #schedule: Schedule;
  readonly #scenario: SessionScenario;
  readonly #library: ExploredLibrary;
  readonly #now = eventCounter();
  readonly #grants: Grant[] = [];
  readonly #claims = new HeldClaims();

  constructor(schedule: Schedule, scenario: SessionScenario) {
    this.#schedule = schedule;
    this.#scenario = scenario;
    this.#library = scenario.library ?? AS_IT_IS;
  }

  async run(client: ScheduledClient, use: SessionUse): Promise<void> {
    const holdfast = open(this.#library, client, 'service');
    const { thing } = this.#scenario;
    const taking = { library: this.#library, holdfast, client, thing };
    try {
      if (use === 'wait') {
        await this.#hold(taking, BRIEF_MS);
      } else {
        await using session = await holdfast.session({ leaseMs: LEASE_MS });
        const holdMs = use === 'keep' ? KEPT_MS : BRIEF_MS;
        await this.#hold({ ...taking, session }, holdMs, use === 'return');
      }
    } catch (error) {
      if (!WEATHER.some((code) => isHoldfastError(error, code))) throw error;
    }
    await holdfast.close();
  }

  judge(): void {
    demand(checkTokens(this.#grants), 0);
    demand(checkExclusion(this.#claims.intervals), 0);
  }

  async #hold(taking: Taking, holdMs: number, isReturned = true): Promise<void> {
    const calledAt = this.#now();
    const hold = await take(taking);
    const { clock, name: holder } = taking.client;
    const { token } = hold;
    if (token !== undefined) {
      this.#grants.push({ holder, token, calledAt, returnedAt: this.#now() });
    }
    const who = { holder, token: token ?? 0 };
    const claim = this.#claims.begin(this.#schedule.clock, { rate: 1 }, who, hold);
    await sleep(clock, holdMs, taking.session?.signal);
    claim.look();
    claim.end();
    if (isReturned) await hold.release();
  }
}
