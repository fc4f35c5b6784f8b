import type { Clock } from '../../../lib/core/clock.ts';
import type { ItemStore } from '../../../lib/store/item-store.ts';
import type { ObservedRequest } from '../../../lib/store/request-observer.ts';
import type {
  CallOptions,
  GetRequest,
  QueryRequest,
  Store,
  WriteRequest,
} from '../../../lib/store/store.ts';
import { type RequestName, requestName } from './request-name.ts';

/** A request that reached the table. */
export interface Arrival {
  readonly atMs: number;
  /** The label of the process that sent it. */
  readonly from: string;
  readonly name: RequestName;
  readonly outcome: string;
  /** What DynamoDB would charge for it. */
  readonly units: number;
}

/** Requests and units, as on a bill. */
export interface Bill {
  readonly requests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** Everything that reaches a table, in order, with what it costs. */
export class Ledger {
  readonly arrivals: Arrival[] = [];
  readonly #clock: Clock;
  #units = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes what the table charges for the request that it is carrying out. */
  charge({ capacityUnits }: ObservedRequest): void {
    this.#units = capacityUnits ?? 0;
  }

  /** The table as one process sees it, with each request noted under the process's label. */
  watch(from: string, inner: Store): Store {
    return {
      table: inner.table,
      get: (request: GetRequest, options?: CallOptions) =>
        this.#note(from, requestName(request), inner.get(request, options)),
      query: (request: QueryRequest, options?: CallOptions) =>
        this.#note(from, requestName(request), inner.query(request, options)),
      write: (request: WriteRequest, options?: CallOptions) =>
        this.#note(from, requestName(request), inner.write(request, options)),
    };
  }

  /** The same for native transactions, of which all that this table sees take several locks. */
  watchItems(from: string, inner: ItemStore): ItemStore {
    return {
      get: (...request) => inner.get(...request),
      query: (...request) => inner.query(...request),
      write: (...request) => inner.write(...request),
      transactGet: (...request) => inner.transactGet(...request),
      transactWrite: (...request) =>
        this.#note(from, 'acquire-all', inner.transactWrite(...request)),
    };
  }

  /** The names of the requests, of all processes or of one. */
  names(from?: string): readonly RequestName[] {
    return this.#from(from).map(({ name }) => name);
  }

  /** How many requests of a kind have arrived. */
  count(name: RequestName, from?: string): number {
    return this.names(from).filter((each) => each === name).length;
  }

  bill(from?: string): Bill {
    let [readUnits, writeUnits] = [0, 0];
    const arrivals = this.#from(from);
    for (const { name, units } of arrivals) {
      if (name === 'look' || name === 'read') readUnits += units;
      else writeUnits += units;
    }
    return { requests: arrivals.length, readUnits, writeUnits };
  }

  clear(): void {
    this.arrivals.length = 0;
  }

  #from(label: string | undefined): readonly Arrival[] {
    return this.arrivals.filter(({ from }) => label === undefined || from === label);
  }

  async #note<Result extends { readonly kind: string }>(
    from: string,
    name: RequestName,
    work: Promise<Result>,
  ): Promise<Result> {
    // The table has carried the request out by now, and charged for it.
    const units = this.#units;
    const { kind: outcome } = await work;
    const atMs = this.#clock.monotonicMs();
    this.arrivals.push({ atMs, from, name, outcome, units });
    return work;
  }
}
