import type { Stage } from './stage.ts';

/** A hold or a leadership, as far as a witness is interested. */
export interface Believer {
  remainingMs(): number;
}

/**
 * Who believes to hold what only one may hold. Asks every grant at each moment, as its owner would
 * before a side effect; a grant that has been released believes nothing.
 */
export class Witness {
  /** The most owners at any one moment. More than one is the end of mutual exclusion. */
  ownersMax = 0;
  readonly #stage: Stage;
  readonly #grants = new Set<Believer>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Watches a grant from now on. Returns it. */
  watch<Grant extends Believer>(grant: Grant): Grant {
    this.#grants.add(grant);
    this.look();
    return grant;
  }

  look(): void {
    const owners = [...this.#grants].filter((grant) => grant.remainingMs() > 0).length;
    this.ownersMax = Math.max(this.ownersMax, owners);
  }

  /** Lets time pass, looking every 20 ms. */
  async advance(durationMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
      await this.#stage.advance(20);
      this.look();
    }
  }
}
