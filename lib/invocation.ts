import type { Clock } from './core/clock.ts';
import { InvalidArgumentError } from './errors.ts';
import { leaseLasting } from './lease/validity.ts';

/** The part of a Lambda handler's context that tells how long the invocation may still take. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** The invocation that is being served, in Lambda mode. */
export class Invocation {
  readonly #clock: Clock;
  #endsAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(context: InvocationContext): void {
    const leftMs = context?.getRemainingTimeInMillis?.();
    if (typeof leftMs !== 'number' || !Number.isFinite(leftMs)) {
      throw new InvalidArgumentError('context', "a Lambda handler's context", context);
    }
    this.#endsAtMs = this.#clock.monotonicMs() + leftMs;
  }

  /** A lease until the invocation's end. */
  leaseMs(): number {
    if (this.#endsAtMs === undefined) {
      const expected =
        'a lease, because in Lambda mode nothing renews it; or beginInvocation(context) called ' +
        'at the start of the handler';
      throw new InvalidArgumentError('leaseMs', expected, undefined);
    }
    const leftMs = Math.max(0, this.#endsAtMs - this.#clock.monotonicMs());
    return leaseLasting(leftMs);
  }
}
