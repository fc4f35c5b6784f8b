import { isHoldfastError } from '../../lib/errors.ts';
import type { LockHold } from '../../lib/index.ts';
import type { LeaseOptions } from '../../lib/options.ts';
import type { LockSet } from '../../lib/recipes/index.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import { checkExclusion } from '../check/exclusion.ts';
import { checkTokens, type Grant } from '../check/fencing.ts';
import { eventCounter } from '../check/recorder.ts';
import { demand } from '../check/verdict.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { LEASE_MS, open } from './connect.ts';
import { AS_IT_IS, type ExploredLibrary } from './library.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';
import { ScheduledItemStore } from './scheduled-item-store.ts';

export interface LocksTogetherScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, LocksUse>>;
  readonly faults: FaultBudget;
  /** Whether the service forgets the tokens of its requests at once, as it does in ten minutes. */
  readonly isForgetful?: boolean;
  /** @default as it is */
  readonly library?: ExploredLibrary;
}

/**
 * Each takes two locks at once, and names them in the order of its own.
 * - `acquire`: waits for them and releases.
 * - `try`: tries once, and releases if it got them.
 * - `under-session`: waits for them under a session, which it closes in the end.
 */
export type LocksUse = 'acquire' | 'try' | 'under-session';

const NAMES = ['x', 'y'];

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runLocksTogetherScenario(
  scenario: LocksTogetherScenario,
  chooser: Chooser,
): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  const play = new TogetherPlay(schedule, scenario);
  for (const [index, [name, use]] of Object.entries(scenario.clients).entries()) {
    const names = index % 2 === 0 ? NAMES : NAMES.toReversed();
    schedule.start(name, (client) => play.run(client, use, names));
  }
  await schedule.run();
  play.judge();
  return schedule.operations;
}

class TogetherPlay {
  readonly #schedule: Schedule;
  readonly #scenario: LocksTogetherScenario;
  readonly #items: MemoryItemStore;
  readonly #now = eventCounter();
  readonly #claims = new Map(NAMES.map((name) => [name, new HeldClaims()]));
  readonly #grants = new Map<string, Grant[]>(NAMES.map((name) => [name, []]));

  constructor(schedule: Schedule, scenario: LocksTogetherScenario) {
    this.#schedule = schedule;
    this.#scenario = scenario;
    this.#items = new (scenario.isForgetful === true ? ForgetfulItemStore : MemoryItemStore)({
      rows: schedule.memory,
      dateMs: () => Math.floor(schedule.clock.wallMs() / 1_000) * 1_000,
    });
  }

  async run(client: ScheduledClient, use: LocksUse, names: readonly string[]): Promise<void> {
    const { library = AS_IT_IS } = this.#scenario;
    const holdfast = open(library, client);
    const items = new ScheduledItemStore(this.#items, client);
    const set = library.locks(holdfast, names, { items });
    const session =
      use === 'under-session' ? await holdfast.session({ leaseMs: LEASE_MS }) : undefined;
    const options = { leaseMs: session === undefined ? LEASE_MS : undefined, under: session };
    const calledAt = this.#now();
    const hold = await (use === 'try' ? tryFor(set, options) : set.acquire(options)).catch(
      (error: unknown) => {
        // Of the session, which nothing renews.
        if (isHoldfastError(error, 'lease-lost')) return undefined;
        throw error;
      },
    );
    if (hold !== undefined) {
      const claims = NAMES.map((name) => this.#begin(client, name, hold.hold(name), calledAt));
      for (const claim of claims) claim?.end();
      await hold.release();
    }
    await session?.close();
    await holdfast.close();
  }

  judge(): void {
    for (const { intervals } of this.#claims.values()) demand(checkExclusion(intervals), 0);
    for (const grants of this.#grants.values()) demand(checkTokens(grants), 0);
    const rows = this.#schedule.memory.snapshot();
    const held = rows.filter(({ owner, sk }) => sk === 'lock' && owner !== undefined);
    // Who crashed has held what he had until the end of his lease.
    if ((this.#scenario.faults.crashes ?? 0) === 0 && held.length > 0) {
      throw new Error(`held for nobody: ${held.map(({ pk }) => pk).join(', ')}`);
    }
  }

  #begin({ name: holder }: ScheduledClient, lock: string, hold: LockHold, calledAt: number) {
    const { token } = hold;
    this.#grants.get(lock)?.push({ holder, token, calledAt, returnedAt: this.#now() });
    const { clock } = this.#schedule;
    return this.#claims.get(lock)?.begin(clock, { rate: 1 }, { holder, token }, hold);
  }
}

async function tryFor(set: LockSet, options: LeaseOptions) {
  const result = await set.tryAcquire(options);
  return result.acquired ? result.hold : undefined;
}

class ForgetfulItemStore extends MemoryItemStore {
  override async transactWrite(...request: Parameters<MemoryItemStore['transactWrite']>) {
    const result = await super.transactWrite(...request);
    this.forgetTokens();
    return result;
  }
}
