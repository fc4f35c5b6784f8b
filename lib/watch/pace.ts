/** How long to wait before the next look at a head row, as a pure function. */
export interface PollPace {
  /** The interval that the most eager watcher asks for. */
  readonly pollMs: number;
  /** Whether a transport brings hints, so that polls only make up for lost ones. */
  readonly isHinted: boolean;
  /** How many looks in a row the table has not answered. */
  readonly failures: number;
  /** Random, in [0, 1). */
  readonly fraction: number;
}

/** How much longer than asked for a wait can be; it can be as much shorter. */
export const JITTER_MAX = 1.2;
/** Five seconds become thirty. */
const HINTED_FACTOR = 6;
/** The slowest that an outage makes a poll that is not slower by itself. */
const FAILING_MS_MAX = 60_000;

export function msUntilPoll({ pollMs, isHinted, failures, fraction }: PollPace): number {
  const usualMs = pollMs * (isHinted && failures === 0 ? HINTED_FACTOR : 1);
  // The first failure is not worth a change of pace: most of them are single.
  const failingMs = pollMs * 2 ** Math.min(Math.max(0, failures - 1), 10);
  const wishMs = Math.max(usualMs, Math.min(failingMs, Math.max(pollMs, FAILING_MS_MAX)));
  // Jitter: a fleet that was started together must not look together.
  return wishMs * (JITTER_MAX - 2 * (JITTER_MAX - 1) * (1 - fraction));
}
