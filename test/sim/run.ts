import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { Store } from '../../lib/store/store.ts';
import type { FaultName } from '../../lib/testing/fault-plan.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../lib/testing/virtual-clock.ts';
import { drawWeather, type NemesisName, type Weather } from './faults.ts';
import { Trace } from './trace.ts';
import type { Workload, WorkloadFactory } from './workload.ts';
import { type FaultCounts, World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly workload: WorkloadFactory;
  /** How many requests take effect before the storm ends. */
  readonly operations: number;
  /** Stops in the middle, after so many events. @default never */
  readonly eventsMax?: number | undefined;
  /** Changes the weather that was drawn, for tests that break an assumption on purpose. */
  readonly adjustWeather?: ((weather: Weather) => Weather) | undefined;
  /** Gets every line of the trace. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** The table. @default a `MemoryStore` */
  readonly tableOf?: ((clock: VirtualClock) => Store) | undefined;
}

export interface RunReport {
  readonly seed: number;
  /** Equal for two runs in which the same happened. */
  readonly hash: string;
  readonly events: number;
  readonly operations: number;
  /** Those of them that took effect while anything could go wrong. */
  readonly stormyOperations: number;
  readonly virtualMs: number;
  readonly faults: Readonly<FaultCounts>;
  readonly nemeses: Readonly<Record<NemesisName, number>>;
  /** Faults and nemeses that could have happened in this run. */
  readonly enabled: readonly (FaultName | NemesisName)[];
  readonly traffic: Readonly<Record<string, number>>;
  /** Histories for which a linearization was searched and found. */
  readonly histories: number;
  /** Facts that all checks together have judged. */
  readonly facts: number;
  readonly failure: RunFailure | undefined;
}

export interface RunFailure {
  /** Which check, or `liveness` or `program`. */
  readonly name: string;
  readonly explanation: string;
}

/** The storm ends after this many events an operation, however few operations there were. */
const EVENTS_PER_OPERATION_MAX = 100;
/** How long the calm lasts before everybody is told to come to an end. */
const CALM_MS = 3_000;
/** Within this time every client must then have had every lock once. */
const ENDING_MS = 600_000;

/** Runs one seed from the first request to the verdict. */
export async function runSeed(options: RunOptions): Promise<RunReport> {
  const random = new SeededRandom(options.seed);
  const clock = new VirtualClock({ settles: 'microtasks' });
  const drawn = drawWeather(random.fork('weather'));
  const weather = options.adjustWeather?.(drawn) ?? drawn;
  const workload = options.workload(random.fork('workload'));
  const trace = new Trace(options.onLine);
  const table = options.tableOf?.(clock) ?? new MemoryStore({ clock });
  const world = new World({
    clock,
    random: random.fork('world'),
    weather,
    trace,
    table,
    items: table instanceof MemoryStore ? itemsOf(table, clock) : undefined,
    clientNames: workload.clientNames,
    program: (client, world) => workload.program(client, world),
    onArrival: (arrival) => workload.onArrival?.(arrival),
  });
  const problem = await play(world, options);
  const judged = judge(workload);
  return {
    seed: options.seed,
    hash: trace.hash(),
    events: clock.firedTimers,
    operations: world.operations,
    stormyOperations: world.stormyOperations,
    virtualMs: clock.monotonicMs(),
    faults: world.faults,
    nemeses: world.nemesis.counts,
    enabled: [...(Object.keys(weather.rates) as FaultName[]), ...weather.nemeses.keys()],
    traffic: workload.traffic(),
    histories: judged.histories,
    facts: judged.facts,
    failure: problem ?? judged.failure,
  };
}

function itemsOf(rows: MemoryStore, clock: VirtualClock): MemoryItemStore {
  const dateMs = () => Math.floor(clock.wallMs() / 1_000) * 1_000;
  return new MemoryItemStore({ rows, dateMs });
}

/** Storm, calm and end. */
async function play(world: World, options: RunOptions): Promise<RunFailure | undefined> {
  const { clock } = world;
  const { operations, eventsMax = Number.POSITIVE_INFINITY } = options;
  const drive = async (isOver: () => boolean): Promise<boolean> => {
    while (!isOver() && world.failure === undefined) {
      if (clock.firedTimers >= eventsMax || !(await clock.step())) return false;
    }
    return world.failure === undefined;
  };
  const stormEvents = operations * EVENTS_PER_OPERATION_MAX;
  const passed = (durationMs: number) => {
    const untilMs = clock.monotonicMs() + durationMs;
    return () => clock.monotonicMs() >= untilMs;
  };
  await clock.settle();
  if (!(await drive(() => world.operations >= operations || clock.firedTimers >= stormEvents))) {
    return problemOf(world, eventsMax);
  }
  world.calm();
  if (!(await drive(passed(CALM_MS)))) return problemOf(world, eventsMax);
  world.phase = 'ending';
  world.note('ending');
  const late = passed(ENDING_MS);
  if (!(await drive(() => world.runningPrograms === 0 || late()))) {
    return problemOf(world, eventsMax);
  }
  if (world.runningPrograms === 0) return undefined;
  const bound = `${ENDING_MS} ms after the storm`;
  const explanation = `${world.runningPrograms} programs have not ended ${bound}`;
  return { name: 'liveness', explanation };
}

function problemOf(world: World, eventsMax: number): RunFailure | undefined {
  const { failure, clock } = world;
  if (failure !== undefined) {
    const explanation =
      failure instanceof Error ? (failure.stack ?? failure.message) : `${failure}`;
    return { name: 'program', explanation };
  }
  if (clock.firedTimers >= eventsMax) return undefined;
  return { name: 'liveness', explanation: 'nothing can happen any more, and not all have ended' };
}

function judge(workload: Workload): {
  failure: RunFailure | undefined;
  histories: number;
  facts: number;
} {
  let histories = 0;
  let facts = 0;
  for (const { name, verdict, isLinearizability } of workload.judge()) {
    if (!verdict.ok) {
      const explanation = `${verdict.anomaly}: ${verdict.explanation}`;
      return { failure: { name, explanation }, histories, facts };
    }
    facts += verdict.checked;
    if (isLinearizability === true) histories += 1;
  }
  return { failure: undefined, histories, facts };
}
