import type { Holdfast, HoldfastOptions } from '../../../lib/index.ts';
import type { Store, StoreFailure } from '../../../lib/store/store.ts';
import type { ClientClock, ClientClockOptions } from '../../../lib/testing/client-clock.ts';
import { FaultStore } from '../../../lib/testing/fault-store.ts';
import type { RowHistory } from '../../../lib/testing/row-history.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

export interface ActorParts extends ClientClockOptions {
  readonly Holdfast: typeof Holdfast;
  readonly label: string;
  readonly trueClock: VirtualClock;
  readonly table: Store;
  readonly history: RowHistory;
  readonly mode?: HoldfastOptions['mode'];
  readonly requestTimeoutMs?: number | undefined;
}

const LATENCY = { fromMs: 5, toMs: 5 };

/** One process of a scenario: its own clock, its own way to the table, its own library. */
export class Actor {
  readonly label: string;
  readonly clock: ClientClock;
  readonly network: FaultStore;
  readonly holdfast: Holdfast;
  /** With what every call fails at once, instead of being sent. */
  failing: StoreFailure | undefined;
  /** How many calls have failed so. */
  failedCalls = 0;

  constructor(parts: ActorParts) {
    const { label, trueClock, mode = 'service', requestTimeoutMs } = parts;
    this.label = label;
    this.clock = trueClock.clientClock(parts);
    this.network = new FaultStore(parts.table, {
      clock: trueClock,
      latency: LATENCY,
      history: parts.history,
      deliver: (callback) => this.clock.deliver(callback),
    });
    this.holdfast = new parts.Holdfast({
      store: this.#mayFail(this.network),
      clock: this.clock,
      random: new SeededRandom(label),
      label,
      mode,
      requestTimeoutMs,
    });
  }

  /** The process ends here and now, as by SIGKILL. */
  die(): void {
    this.clock.stop();
  }

  #mayFail(inner: Store): Store {
    const failed = (failure: StoreFailure) => {
      this.failedCalls += 1;
      return Promise.resolve({ kind: 'failed', failure } as const);
    };
    return {
      table: inner.table,
      get: (request, options) =>
        this.failing === undefined ? inner.get(request, options) : failed(this.failing),
      query: (request, options) =>
        this.failing === undefined ? inner.query(request, options) : failed(this.failing),
      write: (request, options) =>
        this.failing === undefined ? inner.write(request, options) : failed(this.failing),
    };
  }
}
