import type { Holdfast, HoldfastOptions, Item } from '../../lib/index.ts';
import type { WriteRequest } from '../../lib/store/store.ts';
import type {
  ClientClock,
  ClientClockOptions,
  FaultStore,
  MemoryStore,
  RowHistory,
  VirtualClock,
} from '../../lib/testing/index.ts';
import type { Library } from './load.ts';

/** One process: its clock, its way to the table, and the library in it. */
export interface Client {
  readonly clock: ClientClock;
  readonly network: FaultStore;
  readonly holdfast: Holdfast;
}

export interface ClientOptions extends ClientClockOptions {
  readonly holdfast?: Omit<HoldfastOptions, 'store' | 'table' | 'clock' | 'random' | 'label'>;
  /** Changes the dates of the answers that the client gets: a proxy without or with a wrong one. */
  readonly dateMs?: ((dateMs: number) => number | undefined) | undefined;
}

/** Every request and every answer takes this long. */
export const LATENCY_MS = 10;

/**
 * One table in memory and the clients that a schedule needs, on one virtual clock. Nothing is left
 * to chance: faults happen where the schedule asks for them by `client.network.onNextWrite(...)`.
 */
export class Scene {
  readonly clock: VirtualClock;
  readonly table: MemoryStore;
  readonly #library: Library;
  readonly #history: RowHistory;

  constructor(library: Library) {
    this.#library = library;
    this.clock = new library.VirtualClock();
    this.table = new library.MemoryStore({ clock: this.clock });
    this.#history = new library.RowHistory();
  }

  client(label: string, options: ClientOptions = {}): Client {
    const { FaultStore, Holdfast, SeededRandom } = this.#library;
    const clientClock = this.clock.clientClock(options);
    const network = new FaultStore(this.#dated(options.dateMs), {
      clock: this.clock,
      latency: { fromMs: LATENCY_MS, toMs: LATENCY_MS },
      history: this.#history,
      deliver: (callback) => clientClock.deliver(callback),
    });
    const holdfast = new Holdfast({
      ...options.holdfast,
      store: network,
      clock: clientClock,
      random: new SeededRandom(label),
      label,
    });
    return { clock: clientClock, network, holdfast };
  }

  /** The table's own time, epoch milliseconds. */
  get nowMs(): number {
    return this.clock.wallMs();
  }

  /** The ownership row of a name, as it stands in the table. */
  row(name = 'it', kind: 'lock' | 'election' = 'lock'): Item {
    const row = this.find(name, kind);
    if (row === undefined) throw new Error(`the table has no row of ${kind} '${name}'`);
    return row;
  }

  find(name = 'it', kind: 'lock' | 'election' = 'lock'): Item | undefined {
    return this.table.snapshot().find(({ pk }) => pk === `default#${kind}#${name}`);
  }

  /** Lets time pass until `work` has settled, and returns what it returns. */
  run<T>(work: Promise<T>): Promise<T> {
    return this.clock.run(work);
  }

  #dated(change: ClientOptions['dateMs']): MemoryStore {
    if (change === undefined) return this.table;
    const { table } = this;
    const dated = async <Result extends { dateMs?: number | undefined }>(call: Promise<Result>) => {
      const result = await call;
      return { ...result, dateMs: result.dateMs === undefined ? undefined : change(result.dateMs) };
    };
    return {
      table: table.table,
      get: (request, options) => dated(table.get(request, options)),
      write: (request, options) => dated(table.write(request, options)),
    } as MemoryStore;
  }
}

/** Which write of the ownership protocol a request is, by what it does to the row. */
export type WriteName = 'acquire' | 'renew' | 'release' | 'enqueue' | 'hand-over' | 'activate';

/** Tells the writes of the protocol apart, for `network.onNextWrite(fault, isWrite('release'))`. */
export function isWrite(name: WriteName): (request: WriteRequest) => boolean {
  return (request) => nameOfWrite(request) === name;
}

function nameOfWrite(request: WriteRequest): WriteName | undefined {
  if (request.kind !== 'update') return undefined;
  const changes = new Map(request.actions.map((action) => [action.path.join('.'), action]));
  const event = changes.get('event');
  const transition = event?.kind === 'set' ? `${event.value}`.split('#')[0] : undefined;
  if (transition === 'released') return 'release';
  if (transition === 'granted') return 'hand-over';
  if (transition === 'acquired') return changes.has('owner') ? 'acquire' : 'activate';
  if (changes.get('queue')?.kind === 'append') return 'enqueue';
  return changes.has('renewals') ? 'renew' : undefined;
}

/** What the caller of a promise that never settles has of it: nothing, and no unhandled error. */
export function ignore(work: Promise<unknown>): void {
  work.catch(() => undefined);
}
