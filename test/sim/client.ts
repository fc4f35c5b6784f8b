import type { CallOptions, Store } from '../../lib/store/store.ts';
import type { ClientClock } from '../../lib/testing/client-clock.ts';
import type { FaultStore } from '../../lib/testing/fault-store.ts';
import type { SeededRandom } from '../../lib/testing/seeded-random.ts';

/** What happens to a client in the moment in which it sends a request. */
export type SendFate = 'sends' | 'pauses' | 'crashes';

export interface ClientParts {
  readonly name: string;
  /** Which process of that name this is, from 1. */
  readonly incarnation: number;
  readonly clock: ClientClock;
  /** How much faster than true time the client's clock runs. */
  readonly rate: number;
  readonly network: FaultStore;
  readonly random: SeededRandom;
  readonly fateOfSend: (client: SimulatedClient) => SendFate;
}

/**
 * One process of a simulated client. Its code runs when a timer of its clock fires or an answer of
 * its store comes, and only then; so it can stand still, or end, at every `await`.
 */
export class SimulatedClient {
  readonly name: string;
  readonly incarnation: number;
  readonly clock: ClientClock;
  readonly rate: number;
  readonly network: FaultStore;
  readonly random: SeededRandom;
  /** What the client's code may use. */
  readonly store: Store;
  /** Its way for native transactions, which meets what its writes meet. */
  readonly carry: FaultStore['carry'];
  /** Requests that leave when the client goes on. */
  #unsent: (() => void)[] = [];

  constructor(parts: ClientParts) {
    this.name = parts.name;
    this.incarnation = parts.incarnation;
    this.clock = parts.clock;
    this.rate = parts.rate;
    this.network = parts.network;
    this.random = parts.random;
    const gate = <Result>(send: () => Promise<Result>): Promise<Result> => {
      if (this.clock.state === 'running' && parts.fateOfSend(this) === 'sends') return send();
      // The code that sends runs to its end in our world; in the real one it has stopped here.
      return new Promise((resolve) => this.#unsent.push(() => resolve(send())));
    };
    this.carry = (execute, options) => gate(() => parts.network.carry(execute, options));
    this.store = {
      table: parts.network.table,
      get: (request, options?: CallOptions) => gate(() => parts.network.get(request, options)),
      query: (request, options?: CallOptions) => gate(() => parts.network.query(request, options)),
      write: (request, options?: CallOptions) => gate(() => parts.network.write(request, options)),
    };
  }

  get isAlive(): boolean {
    return this.clock.state !== 'stopped';
  }

  /** Ends a pause. A request that was about to leave leaves before anything else happens. */
  resume(): void {
    if (this.clock.state !== 'paused' && this.clock.state !== 'suspended') return;
    for (const send of this.#unsent.splice(0)) send();
    this.clock.resume(this.random.pick(['timers-first', 'answers-first']));
  }

  crash(): void {
    this.#unsent = [];
    this.clock.stop();
  }
}
