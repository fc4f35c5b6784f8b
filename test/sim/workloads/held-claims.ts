import type { Clock } from '../../../lib/core/clock.ts';
import type { HeldInterval } from '../../check/exclusion.ts';
import type { SimulatedClient } from '../client.ts';

/** What a hold says of itself. */
interface Timed {
  remainingMs(): number;
}

/** One holder's belief in its hold. */
export interface Claim {
  /** Whether the holder believes in it now. */
  readonly look: () => boolean;
  /** The holder gives it up now, of its own accord. */
  readonly end: () => void;
}

/**
 * Writes down, in true time, for how long holders take themselves for holders: from the moment in
 * which their code is told, to the latest deadline that they have ever computed.
 */
export class HeldClaims {
  readonly #intervals: HeldInterval[] = [];

  get intervals(): readonly HeldInterval[] {
    return this.#intervals;
  }

  /** To be called as soon as a hold is granted. */
  begin(
    trueClock: Clock,
    client: Pick<SimulatedClient, 'rate'>,
    who: { readonly holder: string; readonly token: number },
    hold: Timed,
  ): Claim {
    const fromMs = trueClock.monotonicMs();
    const position = this.#intervals.length;
    let safeUntilMs = fromMs;
    let isOver = false;
    const note = (untilMs: number) => {
      safeUntilMs = untilMs;
      this.#intervals[position] = { ...who, fromMs, safeUntilMs };
    };
    const look = () => {
      const leftMs = hold.remainingMs();
      if (isOver || leftMs <= 0) return false;
      note(Math.max(safeUntilMs, trueClock.monotonicMs() + leftMs / client.rate));
      return true;
    };
    const end = () => {
      isOver = true;
      note(Math.min(safeUntilMs, trueClock.monotonicMs()));
    };
    note(fromMs);
    look();
    return { look, end };
  }
}
