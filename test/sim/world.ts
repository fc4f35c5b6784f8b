import type { ItemStore } from '../../lib/store/item-store.ts';
import type { GetRequest, Store, WriteRequest } from '../../lib/store/store.ts';
import type { Item, Key } from '../../lib/store/value.ts';
import { FAULT_NAMES, type FaultName } from '../../lib/testing/fault-plan.ts';
import { FaultStore } from '../../lib/testing/fault-store.ts';
import { RowHistory } from '../../lib/testing/row-history.ts';
import type { SeededRandom } from '../../lib/testing/seeded-random.ts';
import type { VirtualClock } from '../../lib/testing/virtual-clock.ts';
import { carriedItems } from './carried-items.ts';
import { SimulatedClient } from './client.ts';
import type { Weather } from './faults.ts';
import { Nemesis } from './nemesis.ts';
import type { Trace } from './trace.ts';
import { type Arrival, TracedStore } from './traced-store.ts';

/**
 * - `stormy`: everything that the weather holds.
 * - `calm`: no new faults; everybody runs. What is under way stays under way.
 * - `ending`: programs do their last things and return.
 */
export type Phase = 'stormy' | 'calm' | 'ending';

/** What one process of a client does, from its start until the phase is `ending`. */
export type Program = (client: SimulatedClient, world: World) => Promise<void>;

export interface WorldOptions {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly weather: Weather;
  readonly trace: Trace;
  /** The table itself, without faults. */
  readonly table: Store;
  /** Its native transactions, where it has them. */
  readonly items?: ItemStore | undefined;
  readonly clientNames: readonly string[];
  readonly program: Program;
  readonly onArrival?: ((arrival: Arrival) => void) | undefined;
}

/** One table, some clients, and everything that can go wrong between them. */
export class World {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly weather: Weather;
  readonly trace: Trace;
  phase: Phase = 'stormy';
  /** Requests that have taken effect. */
  operations = 0;
  /** Those of them that did before the calm. */
  stormyOperations = 0;
  readonly nemesis: Nemesis;
  readonly #options: WorldOptions;
  readonly #history = new RowHistory();
  readonly #clients = new Map<string, SimulatedClient>();
  readonly #faults = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as FaultCounts;
  #programs = 0;
  #failure: unknown;

  constructor(options: WorldOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.weather = options.weather;
    this.trace = options.trace;
    this.#options = options;
    this.nemesis = new Nemesis(this, this.random.fork('nemesis'));
    for (const name of options.clientNames) this.start(name);
  }

  /** The present process of each client, dead ones included. */
  get clients(): readonly SimulatedClient[] {
    return [...this.#clients.values()];
  }

  /** Programs of living clients that have not returned. */
  get runningPrograms(): number {
    return this.#programs;
  }

  /** What a program threw, if one did. Programs handle what they expect. */
  get failure(): unknown {
    return this.#failure;
  }

  /** How often each fault of the network has happened. */
  get faults(): FaultCounts {
    const faults = { ...this.#faults };
    for (const client of this.clients) addFaults(faults, client.network.counts);
    return faults;
  }

  /** How a client takes part in native transactions; `undefined`: the table has none. */
  itemsOf(client: SimulatedClient): ItemStore | undefined {
    const { items } = this.#options;
    return items && carriedItems(items, client);
  }

  note(words: string): void {
    const nowMs = this.clock.monotonicMs();
    this.trace.add([nowMs, words], () => `${nowMs} ${words}`);
  }

  /** Starts a process of a client, the first or the one after a crash. */
  start(name: string): void {
    const before = this.#clients.get(name);
    const client = this.#makeClient(name, (before?.incarnation ?? 0) + 1);
    if (before !== undefined) addFaults(this.#faults, before.network.counts);
    this.#clients.set(name, client);
    this.note(`${name} starts`);
    this.#programs += 1;
    this.#options.program(client, this).then(
      () => {
        if (client.isAlive) this.#programs -= 1;
      },
      (error: unknown) => {
        this.#failure ??= error;
        this.note(`${name} fails: ${error instanceof Error ? error.message : error}`);
      },
    );
  }

  crash(client: SimulatedClient): void {
    if (!client.isAlive) return;
    this.note(`${client.name} crashes`);
    client.crash();
    this.#programs -= 1;
  }

  /** Ends the storm: from here on nothing new goes wrong, and everybody runs. */
  calm(): void {
    this.note('calm');
    this.phase = 'calm';
    this.nemesis.stop();
    for (const client of this.clients) {
      client.network.setRates({});
      client.network.heal();
      client.resume();
      if (!client.isAlive) this.start(client.name);
    }
  }

  #makeClient(name: string, incarnation: number): SimulatedClient {
    const { clock, weather } = this;
    const random = this.random.fork(`${name}/${incarnation}`);
    const driftPpm = random.between(-weather.driftPpmMax, weather.driftPpmMax);
    const wallOffsetMs = random.between(-weather.wallOffsetMsMax, weather.wallOffsetMsMax);
    const clientClock = clock.clientClock({ driftPpm, wallOffsetMs });
    const traced = new TracedStore(this.#options.table, (arrival) =>
      this.#noteArrival(name, arrival),
    );
    const network = new FaultStore(traced, {
      clock,
      random: random.fork('network'),
      rates: this.phase === 'stormy' ? weather.rates : {},
      latency: weather.latency,
      lateness: weather.lateness,
      staleness: weather.staleness,
      frontEndSkewMs: weather.frontEndSkewMs,
      history: this.#history,
      deliver: (callback) => clientClock.deliver(callback),
    });
    return new SimulatedClient({
      name,
      incarnation,
      clock: clientClock,
      rate: 1 + driftPpm / 1_000_000,
      network,
      random,
      fateOfSend: (client) => this.nemesis.fateOfSend(client),
    });
  }

  #noteArrival(name: string, arrival: Arrival): void {
    this.operations += 1;
    if (this.phase === 'stormy') this.stormyOperations += 1;
    const { result } = arrival;
    const { pk } = keyOf(arrival.request);
    const item = 'item' in result ? result.item : undefined;
    const nowMs = this.clock.monotonicMs();
    const facts = [nowMs, name, arrival.kind, pk, result.kind, ...WATCHED.map((of) => of(item))];
    this.trace.add(facts, () => {
      const what = `${arrival.kind}s ${pk}: ${result.kind}`;
      return `${nowMs} ${name} ${what} ${item === undefined ? '' : brief(item)}`;
    });
    this.#options.onArrival?.(arrival);
  }
}

/** What of a row tells one run from another. All of it would cost more than the run itself. */
const WATCHED: readonly ((item: Item | undefined) => string | number | undefined)[] = [
  ...['token', 'renewals', 'sum', 'expiresAt'].map((name) => (item: Item | undefined) => {
    const value = item?.[name];
    return typeof value === 'number' ? value : undefined;
  }),
  (item) => (typeof item?.owner === 'string' ? item.owner : undefined),
];

/** A row in a few words. Ids are cut, because the first letters tell them apart. */
function brief(item: Item): string {
  const queue = Array.isArray(item.queue) ? item.queue : [];
  const words = [
    ...['ownerLabel', 'token', 'renewals', 'expiresAt', 'event', 'fence', 'sum', 'last'].map(
      (name) => (item[name] === undefined ? '' : `${name}=${item[name]}`),
    ),
    typeof item.owner === 'string' ? `owner=${item.owner.slice(0, 5)}` : 'no owner',
    queue.length === 0 ? '' : `queue=${queue.map(({ id }) => String(id).slice(0, 5)).join(',')}`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

function keyOf(request: GetRequest | WriteRequest): Key {
  return 'item' in request ? request.item : request.key;
}

export type FaultCounts = Record<FaultName, number>;

function addFaults(sums: FaultCounts, counts: Readonly<FaultCounts>): void {
  for (const name of FAULT_NAMES) sums[name] += counts[name];
}
