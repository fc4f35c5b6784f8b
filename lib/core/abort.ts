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
  const disposers: (() => void)[] = [];
  for (const parent of parents) {
    if (parent === undefined) continue;
    const follow = () => controller.abort(parent.reason);
    if (parent.aborted) follow();
    parent.addEventListener('abort', follow, { once: true });
    disposers.push(() => parent.removeEventListener('abort', follow));
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    dispose: () => {
      for (const dispose of disposers.splice(0)) dispose();
    },
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
