import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { Store } from '../../lib/store/store.ts';
import { TABLE, WIRE_ENGINES, withEngine } from '../common/engines.ts';
import { PreciseTimer } from '../common/precise-timer.ts';
import { atLeast, atMost, exactly, type Figure, type Section } from '../common/report.ts';
import { mean, median, quantile, range, sum } from '../common/statistics.ts';
import { Arrivals } from './arrivals.ts';
import { type Contestant, closeAll, contestants, LOCK, warmUp } from './contestants.ts';

const CLIENTS = 10;
const GRANTS_EACH = 20;
const HOLD_MS = 5;
const GRANTS = CLIENTS * GRANTS_EACH;

interface Contest {
  readonly grantsPerSecond: number;
  readonly longestWaitS: number;
  readonly requestsPerGrant: number;
  readonly writesPerGrant: number;
  readonly fewestGrants: number;
  readonly overtaken: number;
  readonly roundTripMs: number;
  readonly roundTripP99Ms: number;
}

export const contention: Section = {
  name: 'contention',
  async run(scale) {
    const inMemory: Contest[] = [];
    for (let run = 0; run < (scale === 'quick' ? 1 : 5); run += 1) {
      const table = new MemoryStore();
      inMemory.push(await contend(() => table));
    }
    const figures = judged(inMemory);
    if (scale === 'full') {
      for (const engine of WIRE_ENGINES) {
        const contest = await withEngine(engine, ({ client }) =>
          contend(() => new DynamoStore({ table: TABLE, client })),
        );
        figures.push(...unjudged(engine.name, contest));
      }
    }
    return {
      title: `Contention: ${CLIENTS} clients, ${HOLD_MS} ms holds, ${GRANTS} grants, 4.5 ms away`,
      method:
        'instances of their own on one table in memory, half of the way before a request applies ' +
        'and half after, real clock; median of the runs; the engines answer later than that',
      figures,
    };
  },
};

async function contend(openStore: () => Store): Promise<Contest> {
  const arrivals = new Arrivals();
  const timer = new PreciseTimer();
  const onWrite = arrivals.note.bind(arrivals);
  const all = contestants({ size: CLIENTS, openStore, timer, onWrite });
  await warmUp(all);
  const startMs = performance.now();
  const waitsMs = await Promise.all(all.map((contestant) => compete(contestant, timer)));
  const elapsedMs = performance.now() - startMs;
  const writes = sum(all.map(({ store }) => store.writes));
  const reads = sum(all.map(({ store }) => store.reads));
  const roundTripsMs = all.flatMap(({ store }) => store.roundTripsMs);
  await closeAll(all);
  return {
    grantsPerSecond: (1_000 * GRANTS) / elapsedMs,
    longestWaitS: Math.max(...waitsMs.flat()) / 1_000,
    requestsPerGrant: (writes + reads) / GRANTS,
    writesPerGrant: writes / GRANTS,
    fewestGrants: Math.min(...waitsMs.map(({ length }) => length)),
    overtaken: arrivals.overtaken,
    roundTripMs: mean(roundTripsMs),
    roundTripP99Ms: quantile(roundTripsMs, 0.99),
  };
}

/** One client's grants. Returns how long it waited for each. */
async function compete({ holdfast }: Contestant, timer: PreciseTimer): Promise<number[]> {
  const waitsMs: number[] = [];
  for (let grant = 0; grant < GRANTS_EACH; grant += 1) {
    const startMs = performance.now();
    const hold = await holdfast.lock(LOCK).acquire();
    waitsMs.push(performance.now() - startMs);
    await timer.wait(HOLD_MS);
    const { outcome } = await hold.release();
    if (outcome !== 'released') throw new Error(`expected released, got ${outcome}`);
  }
  return waitsMs;
}

function judged(runs: readonly Contest[]): Figure[] {
  const figure = (key: keyof Contest, name: string, unit: string): Figure => {
    const values = runs.map((run) => run[key]);
    return { name, value: median(values), unit, spread: range(values, 2) };
  };
  const rate = figure('grantsPerSecond', 'throughput', 'grants/s');
  const wait = figure('longestWaitS', 'longest wait', 's');
  const requests = figure('requestsPerGrant', 'requests', 'a grant');
  const writes = figure('writesPerGrant', 'of which writes', 'a grant');
  const fewest = Math.min(...runs.map((run) => run.fewestGrants));
  const overtaken = sum(runs.map((run) => run.overtaken));
  return [
    { ...rate, target: atLeast(rate.value, 45) },
    { ...wait, target: atMost(wait.value, 0.3) },
    { ...requests, target: atMost(requests.value, 7) },
    { ...writes, target: atMost(writes.value, 4) },
    {
      name: 'fewest grants of a client',
      value: fewest,
      unit: 'grants',
      target: exactly(fewest, GRANTS_EACH),
    },
    { name: 'overtaken in line', value: overtaken, unit: 'waiters', target: exactly(overtaken, 0) },
    figure('roundTripMs', 'round trip, mean', 'ms'),
    figure('roundTripP99Ms', 'round trip, 99th percentile', 'ms'),
  ];
}

function unjudged(engine: string, contest: Contest): Figure[] {
  const figure = (name: string, unit: string, value: number): Figure => {
    return { name: `${engine}: ${name}`, value, unit };
  };
  return [
    figure('throughput', 'grants/s', contest.grantsPerSecond),
    figure('longest wait', 's', contest.longestWaitS),
    figure('requests', 'a grant', contest.requestsPerGrant),
    figure('overtaken in line', 'waiters', contest.overtaken),
    figure('round trip, mean', 'ms', contest.roundTripMs),
  ];
}
