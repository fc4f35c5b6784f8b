import type { Clock } from './clock.ts';

/** An abort controller that follows a parent signal until it is disposed. */
export interface DerivedAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Stops following the parent. A listener left on a long-lived parent signal is a leak. */
  dispose(): void;
}

/** Derives a controller that aborts with any of `parents`, with the parent's own reason. */
export function deriveAbort(...parents: readonly (AbortSignal | undefined)[]): DerivedAbort {
  const controller = new AbortController();
  const abort = (reason: unknown) => controller.abort(reason);
  return { signal: controller.signal, abort, dispose: onAbort(parents, abort) };
}

/**
 * Calls `listener` with the reason of each of `signals` that aborts or has aborted. Returns how to
 * stop. For those who only want to know: making a controller takes longer than all of this.
 */
export function onAbort(
  signals: readonly (AbortSignal | undefined)[],
  listener: (reason: unknown) => void,
): () => void {
  const disposers: (() => void)[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    const follow = () => listener(signal.reason);
    if (signal.aborted) follow();
    signal.addEventListener('abort', follow, { once: true });
    disposers.push(() => signal.removeEventListener('abort', follow));
  }
  return () => {
    for (const dispose of disposers.splice(0)) dispose();
  };
}

/** Derives a controller that also aborts after `timeoutMs`, with the error `makeReason` makes. */
export function deriveDeadline(
  clock: Clock,
  timeoutMs: number,
  makeReason: () => Error,
  ...parents: readonly (AbortSignal | undefined)[]
): DerivedAbort {
  const derived = deriveAbort(...parents);
  const timer = clock.startTimer(timeoutMs, () => derived.abort(makeReason()));
  return {
    ...derived,
    dispose: () => {
      timer.cancel();
      derived.dispose();
    },
  };
}

/**
 * The result of `work`, unless `signal` aborts before: then its reason, at once, and what comes of
 * the work all the same goes to `late`.
 */
export async function orAbandon<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  late: (result: Result) => unknown,
): Promise<Result> {
  let stopListening = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stopListening = onAbort([signal], (reason) => {
      work.then(late).catch(() => undefined);
      reject(reason);
    });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stopListening();
  }
}
