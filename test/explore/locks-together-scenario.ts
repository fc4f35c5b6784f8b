import { isHoldfastError } from '../../lib/errors.ts';
import { Holdfast } from '../../lib/holdfast.ts';
import type { LeaseOptions } from '../../lib/options.ts';
import * as recipes from '../../lib/recipes/index.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { checkExclusion } from '../check/exclusion.ts';
import { checkTokens, type Grant } from '../check/fencing.ts';
import { eventCounter } from '../check/recorder.ts';
import { demand } from '../check/verdict.ts';
import type { Library } from '../planted/load.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { type FaultBudget, Schedule } from './schedule.ts';
import { ScheduledItemStore } from './scheduled-item-store.ts';

export interface LocksTogetherScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, LocksUse>>;
  readonly faults: FaultBudget;
  /** Whether the service forgets the tokens of its requests at once, as it does in ten minutes. */
  readonly isForgetful?: boolean;
}

/**
 * Each takes two locks at once, and names them in the order of its own.
 * - `acquire`: waits for them and releases.
 * - `try`: tries once, and releases if it got them.
 * - `under-session`: waits for them under a session, which it closes in the end.
 */
export type LocksUse = 'acquire' | 'try' | 'under-session';

type Parts = Pick<Library, 'Holdfast' | 'locks'>;

const LEASE_MS = 2_000;
const NAMES = ['x', 'y'];

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runLocksTogetherScenario(
  { clients, faults, isForgetful = false }: LocksTogetherScenario,
  chooser: Chooser,
  library: Parts = { Holdfast, ...recipes },
): Promise<number> {
  const schedule = new Schedule(chooser, faults);
  const claims = new Map(NAMES.map((name) => [name, new HeldClaims()]));
  const grants = new Map<string, Grant[]>(NAMES.map((name) => [name, []]));
  const now = eventCounter();
  const items = new (isForgetful ? ForgetfulItemStore : MemoryItemStore)({
    rows: schedule.memory,
    dateMs: () => Math.floor(schedule.clock.wallMs() / 1_000) * 1_000,
  });
  for (const [index, [name, use]] of Object.entries(clients).entries()) {
    schedule.start(name, async (client) => {
      const { store, clock } = client;
      const holdfast = new library.Holdfast({
        ...{ store, clock, random: new SeededRandom(name), label: name },
        // Renews nothing, so that nothing happens without a reason.
        ...{ mode: 'lambda', requestTimeoutMs: 200 },
      });
      const names = index % 2 === 0 ? NAMES : NAMES.toReversed();
      const set = library.locks(holdfast, names, { items: new ScheduledItemStore(items, client) });
      const session =
        use === 'under-session' ? await holdfast.session({ leaseMs: LEASE_MS }) : undefined;
      const options = { leaseMs: session === undefined ? LEASE_MS : undefined, under: session };
      const calledAt = now();
      const hold = await (use === 'try' ? tryFor(set, options) : set.acquire(options)).catch(
        (error: unknown) => {
          // Of the session, which nothing renews.
          if (isHoldfastError(error, 'lease-lost')) return undefined;
          throw error;
        },
      );
      if (hold !== undefined) {
        const begun = NAMES.map((each) => {
          const { token } = hold.hold(each);
          grants.get(each)?.push({ holder: name, token, calledAt, returnedAt: now() });
          const about = { holder: name, token };
          return claims.get(each)?.begin(schedule.clock, { rate: 1 }, about, hold.hold(each));
        });
        for (const claim of begun) claim?.end();
        await hold.release();
      }
      await session?.close();
      await holdfast.close();
    });
  }
  await schedule.run();
  for (const { intervals } of claims.values()) demand(checkExclusion(intervals), 0);
  for (const each of grants.values()) demand(checkTokens(each), 0);
  const held = schedule.memory.snapshot().filter(({ owner, sk }) => sk === 'lock' && owner);
  // Who crashed has held what he had until the end of his lease.
  if ((faults.crashes ?? 0) === 0 && held.length > 0) {
    throw new Error(`held for nobody: ${held.map(({ pk }) => pk).join(', ')}`);
  }
  return schedule.operations;
}

async function tryFor(set: recipes.LockSet, options: LeaseOptions) {
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
