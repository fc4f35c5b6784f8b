import type { Clock } from './clock.ts';
import { SlidingMaximum } from './sliding-maximum.ts';

/**
 * The time of the table, as its own answers show it: an interval that surely contains it, in epoch
 * milliseconds. Every response carries a `Date` header; with the send and receive times on the
 * local monotonic clock it bounds the table's time, and the bounds of many responses intersect.
 * The wall clock of this machine plays no part, so it may be hours off.
 *
 * Assumptions, stated because safety of *early* take-over rests on them: two front ends of the
 * service disagree by at most twice {@link FRONT_END_SKEW_MS}, and the monotonic clock's rate is
 * off by at most {@link DRIFT_RATE}. The fencing token protects data even where they fail.
 */
export interface TableTime {
  readonly earliest: number;
  readonly latest: number;
}

/** One request's round trip and the `Date` header of its answer. */
export interface ClockSample {
  readonly sent: Instant;
  readonly received: Instant;
  readonly dateMs: number;
}

/** One moment on both local clocks. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function instantOf(clock: Clock): Instant {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
}

/** The header is cut to whole seconds. */
export const DATE_RESOLUTION_MS = 1_000;
/** How far the clock of one front end may be from the table's. */
export const FRONT_END_SKEW_MS = 500;
/** How fast the local monotonic clock may gain or lose: 500 parts per million. */
export const DRIFT_RATE = 500e-6;
const SAMPLE_LIFE_MS = 60_000;
const SAMPLES_MAX = 64;
/** More than this between the two local clocks is a suspended host or a stepped wall clock. */
const CLOCKS_APART_MS = 100;

/** The latest that the table's time can be at `atMonotonicMs`, by one answer alone. */
export function latestByAnswer(sent: Instant, dateMs: number, atMonotonicMs: number): number {
  const elapsedMs = Math.max(0, atMonotonicMs - sent.monotonicMs) * (1 + DRIFT_RATE);
  return dateMs + DATE_RESOLUTION_MS + FRONT_END_SKEW_MS + elapsedMs;
}

export class TableClock {
  readonly #clock: Clock;
  /** Lower bounds of (table time - monotonic time), made comparable across ages. */
  readonly #lower = new SlidingMaximum(SAMPLE_LIFE_MS, SAMPLES_MAX);
  /** Upper bounds, negated, so that the smallest is the maximum. */
  readonly #upper = new SlidingMaximum(SAMPLE_LIFE_MS, SAMPLES_MAX);
  /** After a contradiction one sample is not enough: it may be the one that lied. */
  #trusted = true;
  /** A moment since when the two local clocks have run together. */
  #together: Instant;
  #usableFromMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#together = instantOf(clock);
  }

  /** The table's time now, or `undefined` when nothing recent and consistent says what it is. */
  now(): TableTime | undefined {
    const now = instantOf(this.#clock);
    this.#resetAfterGap(now);
    return this.#trusted ? this.#intersection(now.monotonicMs) : undefined;
  }

  /** Learns from one answer. Answers to requests that span a gap between the clocks are ignored. */
  observe(sample: ClockSample): void {
    this.#resetAfterGap(instantOf(this.#clock));
    const { sent, received, dateMs } = sample;
    if (clocksPartedMs(sent, received) > CLOCKS_APART_MS) return;
    if (sent.monotonicMs < this.#usableFromMs) return;
    const isFirst = this.#intersection(received.monotonicMs) === undefined;
    this.#add(sent.monotonicMs, received.monotonicMs, dateMs);
    const time = this.#intersection(received.monotonicMs);
    if (time === undefined || time.earliest <= time.latest) {
      if (!isFirst) this.#trusted = true;
      return;
    }
    // Two answers contradict each other and nothing tells which is wrong. Start again from the
    // newest and believe nothing until another one agrees with it.
    this.#clear();
    this.#trusted = false;
    this.#add(sent.monotonicMs, received.monotonicMs, dateMs);
  }

  /**
   * Forgets everything, and ignores requests already under way. For hosts that freeze between
   * pieces of work without either clock showing it, as at the start of a Lambda invocation.
   */
  reset(): void {
    this.#clear();
    this.#trusted = true;
    this.#usableFromMs = this.#clock.monotonicMs();
    this.#together = instantOf(this.#clock);
  }

  #add(sentMs: number, receivedMs: number, dateMs: number): void {
    // Bounds widen by the drift rate as they age. Adding the age's part at the send makes bounds of
    // different ages comparable once and for all; `#intersection` takes it off again.
    const lower = dateMs - receivedMs - FRONT_END_SKEW_MS;
    const upper = dateMs + DATE_RESOLUTION_MS + FRONT_END_SKEW_MS - sentMs;
    this.#lower.push(receivedMs, lower + DRIFT_RATE * sentMs);
    this.#upper.push(receivedMs, -(upper - DRIFT_RATE * sentMs));
  }

  #intersection(nowMs: number): TableTime | undefined {
    const lower = this.#lower.maximum(nowMs);
    const upper = this.#upper.maximum(nowMs);
    if (lower === undefined || upper === undefined) return undefined;
    return {
      earliest: nowMs + lower - DRIFT_RATE * nowMs,
      latest: nowMs - upper + DRIFT_RATE * nowMs,
    };
  }

  #resetAfterGap(now: Instant): void {
    const parted = clocksPartedMs(this.#together, now);
    // Not from one look to the next: many small gaps would add up to a large one unnoticed.
    const isOld = now.monotonicMs - this.#together.monotonicMs > SAMPLE_LIFE_MS;
    if (isOld || parted > CLOCKS_APART_MS) this.#together = now;
    if (parted <= CLOCKS_APART_MS) return;
    this.#clear();
    this.#trusted = true;
    this.#usableFromMs = now.monotonicMs;
  }

  #clear(): void {
    this.#lower.clear();
    this.#upper.clear();
  }
}

function clocksPartedMs(from: Instant, to: Instant): number {
  const monotonicMs = to.monotonicMs - from.monotonicMs;
  return Math.abs(monotonicMs - (to.wallMs - from.wallMs));
}
