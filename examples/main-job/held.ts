import { type Leadership, LeaseLostError, type LockHold } from 'holdfast';
import { machineMs } from './clock.ts';
import type { MainLink } from './main-link.ts';
import type { Prize } from './messages.ts';

const LOOK_EVERY_MS = 100;

/** What a worker has been granted, with every change of its belief reported to the main process. */
export interface Held {
  /** Reports that the worker is about to give it up. */
  givingUp(requests: number): void;
  givenUp(outcome: string): void;
}

/** Reports a grant, and from then on its loss, should it come. */
export function reportHeld(
  link: MainLink,
  of: Prize,
  token: number,
  hold: LockHold | Leadership,
): Held {
  link.report({ kind: 'granted', of, token });
  let believedUntilMs = machineMs();
  // A process that was stopped cannot say until when it had believed; its last look before can.
  const look = () => {
    const remainingMs = hold.remainingMs();
    if (remainingMs > 0) believedUntilMs = machineMs() + remainingMs;
  };
  look();
  const looking = setInterval(look, LOOK_EVERY_MS);
  hold.signal.addEventListener(
    'abort',
    () => {
      clearInterval(looking);
      const { reason: error } = hold.signal;
      const reason = error instanceof LeaseLostError ? error.reason : String(error);
      link.report({ kind: 'lost', of, token, reason, believedUntilMs });
    },
    { once: true },
  );
  return {
    givingUp(requests) {
      clearInterval(looking);
      link.report({ kind: 'giving-up', of, token, requests });
    },
    givenUp(outcome) {
      link.report({ kind: 'given-up', of, token, outcome });
    },
  };
}
