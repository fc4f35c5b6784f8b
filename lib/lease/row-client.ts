import type { Runtime } from '../runtime.ts';
import type { Key } from '../store/value.ts';
import { type AppliedRecord, type RecordAnswer, RecordClient } from './record-client.ts';
import { type OwnershipRow, parseOwnershipRow } from './row.ts';
import { SilenceObserver } from './silence.ts';

/** What a request for an ownership row came to. */
export type RowAnswer = RecordAnswer<OwnershipRow>;

/** The answer to a write that took effect. */
export type AppliedAnswer = AppliedRecord<OwnershipRow>;

/** By how much one answer may raise the estimate of the round trip. */
const ROUND_TRIP_GROWTH = 1.25;

/** One ownership row as this process talks to it and remembers it. */
export class RowClient extends RecordClient<OwnershipRow> {
  readonly #runtime: Runtime;
  readonly #silence: SilenceObserver;
  #seenAtMs: number;
  #roundTripMs: number;

  constructor(runtime: Runtime, key: Key) {
    const silence = new SilenceObserver();
    super(runtime, key, parseOwnershipRow, (row, { sentMs, nowMs }) => {
      silence.note(row, nowMs);
      this.#time(sentMs, nowMs);
    });
    this.#runtime = runtime;
    this.#silence = silence;
    this.#seenAtMs = runtime.clock.monotonicMs();
    this.#roundTripMs = runtime.requestTimeoutMs;
  }

  /** When the table looked at the row for the newest answer, on the monotonic clock: half way. */
  get seenAtMs(): number {
    return this.#seenAtMs;
  }

  /** The way to the table and back, when nothing is in it. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Whether this process has seen the owner in `row` silent for its whole lease. */
  isSilent(row: OwnershipRow): boolean {
    return this.#silence.isSilent(row, this.#runtime.clock.monotonicMs());
  }

  untilSilentMs(row: OwnershipRow): number {
    return this.#silence.untilSilentMs(row, this.#runtime.clock.monotonicMs());
  }

  #time(sentMs: number, nowMs: number): void {
    this.#seenAtMs = (sentMs + nowMs) / 2;
    // One slow answer says nothing about the way; a way that has grown is learned soon enough.
    this.#roundTripMs = Math.min(nowMs - sentMs, 1 + ROUND_TRIP_GROWTH * this.#roundTripMs);
  }
}
