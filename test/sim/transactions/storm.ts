import { sleep } from '../../../lib/core/clock.ts';
import { isHoldfastError } from '../../../lib/errors.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type * as api from '../../../lib/transaction/index.ts';
import { lockOf } from '../../../lib/transaction/lock.ts';
import type { ItemFaultRates } from './item-network.ts';
import {
  AS_IT_IS,
  type TransactionClient,
  type TransactionLibrary,
  TransactionWorld,
} from './world.ts';

/** What the clients of a storm do, and what must hold whatever befalls them. */
export interface TransactionWorkload {
  readonly tables: Readonly<Record<string, api.KeyNames>>;
  /** Before the storm. */
  setUp(client: TransactionClient): Promise<void>;
  /**
   * One thing that a client does, and whether it was committed. It may throw what the library
   * throws in bad weather.
   */
  step(client: TransactionClient): Promise<boolean>;
  /** After the storm, when everything is settled: what is wrong, in words. */
  judge(client: TransactionClient): Promise<readonly string[]>;
}

/** Makes a workload for one storm. `now` counts events. */
export type TransactionWorkloadFactory = (
  random: SeededRandom,
  now: () => number,
  mode: api.TransactionMode,
) => TransactionWorkload;

export interface StormOptions {
  readonly seed: number;
  readonly workload: TransactionWorkloadFactory;
  readonly library?: TransactionLibrary | undefined;
  /** Steps of all clients together. */
  readonly steps: number;
  readonly clients?: number | undefined;
  readonly rates?: ItemFaultRates | undefined;
  /** @default 'portable' */
  readonly mode?: api.TransactionMode | undefined;
}

/** How the transactions of a storm ended, as those who ran them were told. */
export interface Endings {
  committed: number;
  failed: number;
}

export interface StormReport {
  readonly ended: Readonly<Endings>;
  readonly crashes: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Items that native transactions have committed or checked. */
  readonly natives: number;
  readonly problems: readonly string[];
}

/** Errors that bad weather explains. */
const WEATHER = ['outcome-unknown', 'transaction-conflict', 'store-unavailable'] as const;
const STEP_LIMIT_MS = 60_000;

/** Rates of one seed: some faults, some more than others. */
export function drawRates(random: SeededRandom): ItemFaultRates {
  const rate = (most: number) => (random.chance(0.6) ? random.between(0, most) : 0);
  return {
    throttled: rate(0.03),
    dropped: rate(0.02),
    'answer-lost': rate(0.03),
    'error-after': rate(0.03),
    late: rate(0.03),
    'crash-before': rate(0.01),
    'crash-after': rate(0.01),
    'pause-before': rate(0.01),
  };
}

/** Runs clients through bad weather, lets it calm down, sweeps, and judges. */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const { seed, steps, clients = 4, library = AS_IT_IS, mode = 'portable' } = options;
  const problems: string[] = [];
  const ended: Endings = { committed: 0, failed: 0 };
  let events = 0;
  const now = () => {
    events += 1;
    return events;
  };
  const draft = options.workload(new SeededRandom(`workload ${seed}`), now, mode);
  const world = new TransactionWorld({ seed, tables: draft.tables, library, mode });
  commitSlowly(world);
  await world.run(draft.setUp(world.start('setter')));
  world.rates = options.rates ?? drawRates(world.random.fork('weather'));
  let stepsLeft = steps;
  let running = 0;
  const program = async (client: TransactionClient) => {
    while (stepsLeft > 0) {
      stepsLeft -= 1;
      await sleep(client.clock, client.random.between(0, 20));
      try {
        if (await draft.step(client)) ended.committed += 1;
        else ended.failed += 1;
      } catch (error) {
        ended.failed += 1;
        if (!WEATHER.some((code) => isHoldfastError(error, code))) throw error;
      }
    }
  };
  const startOne = (name: string) => {
    running += 1;
    const client = world.start(name, () => {
      running -= 1;
      // A new process in the place of the one that died, somewhat later.
      world.clock.startTimer(world.random.between(100, 3_000), () => startOne(name));
    });
    program(client).then(
      () => {
        if (client.isAlive()) running -= 1;
      },
      (error: unknown) => {
        problems.push(error instanceof Error ? (error.stack ?? error.message) : `${error}`);
        running -= 1;
      },
    );
  };
  for (let index = 0; index < clients; index += 1) startOne(`client-${index}`);
  const limitMs = world.clock.monotonicMs() + steps * STEP_LIMIT_MS;
  await world.clock.settle();
  while (running > 0 || stepsLeft > 0) {
    if (world.clock.monotonicMs() > limitMs)
      return report(world, ended, [...problems, 'does not end']);
    if (!(await world.clock.step()))
      return report(world, ended, [...problems, 'nothing can happen']);
  }
  world.calm();
  // What was under way arrives.
  await world.clock.advance(20_000);
  const last = world.start('last');
  problems.push(...(await settle(world, last, draft)));
  return report(world, ended, [...problems, ...world.tables.broken]);
}

/** Lets time pass between the commits of the items of a native transaction, sometimes much. */
function commitSlowly(world: TransactionWorld): void {
  const random = world.random.fork('commits');
  world.beforeCommitOf = async () => {
    world.natives += 1;
    await sleep(world.clock, random.chance(0.05) ? random.between(0, 400) : random.between(0, 8));
  };
}

async function settle(
  world: TransactionWorld,
  last: TransactionClient,
  workload: TransactionWorkload,
): Promise<readonly string[]> {
  await world.run(last.transactions.sweep());
  await world.run(last.transactions.sweep());
  // A lock that arrived after its record was gone is removed by whoever meets it.
  for (const { table, key, item } of world.memory.snapshot()) {
    if (!(table in workload.tables) && lockOf(item) === undefined) continue;
    const plain = Object.fromEntries(
      Object.entries(key).map(([name, value]) => [name, 'S' in value ? value.S : '']),
    );
    await world.run(last.transactions.read([[table, plain]]));
  }
  const judged = await world.run(workload.judge(last));
  await world.run(last.transactions.settled());
  return [...judged, ...world.leftovers()];
}

function report(world: TransactionWorld, ended: Endings, problems: readonly string[]): StormReport {
  const { crashes, faults, natives } = world;
  return { ended, crashes, faults, natives, problems };
}
