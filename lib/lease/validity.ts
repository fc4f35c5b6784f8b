import {
  DATE_RESOLUTION_MS,
  DRIFT_RATE,
  FRONT_END_SKEW_MS,
  type Instant,
  latestByAnswer,
} from '../core/table-clock.ts';

/**
 * Until when an owner may believe in its lease, on both local clocks: a suspended host stops one of
 * them, and the earlier end counts (rule 4).
 */
export interface Validity {
  readonly monotonicUntilMs: number;
  readonly wallUntilMs: number;
}

/** A write that the table has acknowledged, as its sender knows it. */
export interface AcknowledgedWrite {
  /** Just *before* it was sent. Counting from the answer would add a round trip to the lease. */
  readonly sent: Instant;
  readonly leaseMs: number;
  /** What the write stored as the lease's end on the table clock, if it knew the time. */
  readonly expiresAt: number | undefined;
  /** The `Date` header of the write's own answer. */
  readonly dateMs: number | undefined;
}

/** The part of a lease that its owner leaves unused, for clock rates and the last write's way. */
export function marginMs(leaseMs: number): number {
  return Math.max(250, 0.02 * leaseMs);
}

/** What each write leaves its owner at least, however early in its second the answer was dated. */
export function sureMs(leaseMs: number): number {
  return leaseMs - DATE_RESOLUTION_MS - marginMs(leaseMs);
}

export function validityOf(write: AcknowledgedWrite): Validity {
  const { sent, leaseMs, expiresAt, dateMs } = write;
  const byTableMs =
    expiresAt === undefined || dateMs === undefined
      ? leaseMs
      : // If the estimate behind `expiresAt` was wrong, this answer alone shows it: the table's
        // time reaches the stored end so much later than the send, at the earliest.
        (expiresAt - latestByAnswer(sent, dateMs, sent.monotonicMs)) / (1 + DRIFT_RATE);
  const validMs = Math.min(leaseMs, byTableMs) - marginMs(leaseMs);
  return {
    monotonicUntilMs: sent.monotonicMs + validMs,
    wallUntilMs: sent.wallMs + validMs,
  };
}

/** Milliseconds that are left, by whichever clock leaves fewer. Not positive: none. */
export function remainingMs(validity: Validity, now: Instant): number {
  return Math.min(validity.monotonicUntilMs - now.monotonicMs, validity.wallUntilMs - now.wallMs);
}

/** The shortest lease that leaves its owner anything, whatever the table clock's error. */
export const SHORTEST_LEASE_MS = 1_000 + 2 * FRONT_END_SKEW_MS;

/** One request's way there and back, when it takes long. */
const ROUND_TRIP_MS = 250;

/** The lease to ask for to have `validMs` of it for sure, whatever the table clock's error. */
export function leaseLasting(validMs: number): number {
  const needMs = (validMs + SHORTEST_LEASE_MS) * (1 + DRIFT_RATE) + ROUND_TRIP_MS;
  // A little more than its margin: the margin of the lease that contains it is that much larger.
  return Math.ceil(needMs + 1.05 * marginMs(needMs));
}
