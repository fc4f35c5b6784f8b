import { instantOf, type TableClock } from '../../../lib/core/table-clock.ts';
import type { ClientClock, ClientClockOptions } from '../../../lib/testing/client-clock.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

/** One exchange with the table, on the true clock. */
export interface Exchange {
  readonly requestMs?: number;
  readonly answerMs?: number;
  /** How far ahead the clock of the front end is that answers. */
  readonly skewMs?: number;
  /** What befalls the client between sending and receiving. */
  readonly meanwhile?: () => Promise<void> | void;
}

/** A table's time, the clocks of a client, and what its answers teach the client. */
export class ObservedTable {
  /** The table's own clock; it starts on a whole second. */
  readonly trueClock = new VirtualClock();
  readonly local: ClientClock;
  readonly tableClock: TableClock;

  constructor(Clock: typeof TableClock, options: ClientClockOptions = {}) {
    this.local = this.trueClock.clientClock(options);
    this.tableClock = new Clock(this.local);
  }

  /** One request and its answer, dated by the front end in the moment between the two. */
  async exchange(exchange: Exchange = {}): Promise<void> {
    const { requestMs = 0, answerMs = 0, skewMs = 0, meanwhile } = exchange;
    const sent = instantOf(this.local);
    await this.trueClock.advance(requestMs);
    const dateMs = Math.floor((this.trueClock.wallMs() + skewMs) / 1_000) * 1_000;
    await meanwhile?.();
    await this.trueClock.advance(answerMs);
    this.tableClock.observe({ sent, received: instantOf(this.local), dateMs });
  }

  /** Suspends the client's machine: its monotonic clock stands still. */
  async suspend(durationMs: number): Promise<void> {
    this.local.suspend();
    await this.trueClock.advance(durationMs);
    this.local.resume();
  }

  /** Whether the client does not claim to know a time that is not the table's. */
  isRight(): boolean {
    const time = this.tableClock.now();
    const trueMs = this.trueClock.wallMs();
    return time === undefined || (time.earliest <= trueMs && trueMs <= time.latest);
  }

  /** How exactly the client knows the time, or undefined when it does not. */
  widthMs(): number | undefined {
    const time = this.tableClock.now();
    return time && time.latest - time.earliest;
  }
}
