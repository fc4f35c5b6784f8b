const FNV_PRIME = 0x01000193;

/**
 * What happened in a run, as a hash by which two runs of a seed are told to be the same. Lines for
 * people are made only if somebody wants them: a failed run is simply run again with a reader.
 */
export class Trace {
  readonly #onLine: ((line: string) => void) | undefined;
  #one = 0x811c9dc5;
  #other = 0x2c1b3c6d;

  /** @param onLine Gets a line for each event. */
  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Adds an event: what tells it from others, and how to say it. */
  add(facts: readonly (string | number | undefined)[], line: () => string): void {
    for (const fact of facts) this.#mix(fact);
    this.#onLine?.(line());
  }

  /** Two different 32-bit hashes of everything so far. */
  hash(): string {
    return [this.#one, this.#other]
      .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }

  #mix(fact: string | number | undefined): void {
    if (typeof fact === 'string') {
      for (let index = 0; index < fact.length; index += 1) this.#mixWord(fact.charCodeAt(index));
    } else if (fact !== undefined) {
      // Both halves of a number beyond 32 bits, and the fraction of a millisecond.
      this.#mixWord(fact * 1_024);
      this.#mixWord(fact / 2 ** 22);
    }
    this.#mixWord(0x1f);
  }

  #mixWord(word: number): void {
    this.#one = Math.imul(this.#one ^ word, FNV_PRIME);
    this.#other = (Math.imul(this.#other ^ word, FNV_PRIME) + 1) | 0;
  }
}
