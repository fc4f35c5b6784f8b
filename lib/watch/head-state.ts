/** What a process knows of a head row. Times are milliseconds on its monotonic clock. */
export interface HeadState<Head> {
  readonly head: Head;
  readonly revision: number;
  /** When the newest answered look was sent: how old what is known may be. */
  readonly asOfMs: number;
  /** The same for consistent looks alone. */
  readonly consistentAsOfMs: number;
  /** When this revision was first known here. */
  readonly knownSinceMs: number;
  /** How often the row has gone back, as after a restore from a backup. */
  readonly restarts: number;
}

/** The answer to a look at a head row, or to a write of it. */
export interface HeadLook<Head> {
  readonly head: Head;
  readonly revision: number;
  readonly consistent: boolean;
  readonly sentMs: number;
  readonly answeredMs: number;
}

/**
 * What is known after an answer. An older row than the known one is a replica that lags, or an
 * answer that was overtaken, and changes nothing; unless the look was consistent and sent when the
 * newer row was known already: then the table itself has gone back.
 */
export function afterLook<Head>(
  state: HeadState<Head> | undefined,
  look: HeadLook<Head>,
): HeadState<Head> {
  const { head, revision, consistent, sentMs, answeredMs } = look;
  const before = Number.NEGATIVE_INFINITY;
  const known = {
    head,
    revision,
    asOfMs: sentMs,
    consistentAsOfMs: consistent ? sentMs : before,
    knownSinceMs: answeredMs,
    restarts: 0,
  };
  if (state === undefined) return known;
  const { restarts } = state;
  if (revision < state.revision) {
    const hasGoneBack = consistent && sentMs >= state.knownSinceMs;
    return hasGoneBack ? { ...known, restarts: restarts + 1 } : state;
  }
  return {
    ...known,
    restarts,
    asOfMs: Math.max(state.asOfMs, sentMs),
    consistentAsOfMs: Math.max(state.consistentAsOfMs, known.consistentAsOfMs),
    knownSinceMs: revision === state.revision ? state.knownSinceMs : answeredMs,
  };
}
