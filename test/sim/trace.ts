const FNV_PRIME = 0x01000193;

/** Lines that a failure shows, if nobody asks for all. */
const TAIL_LINES = 60;

/**
 * What happened in a run, one line an event. All lines go into a hash, by which two runs of the same
 * seed are told to be the same; only the last ones are kept.
 */
export class Trace {
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #tail: string[] = [];
  #lines = 0;
  #one = 0x811c9dc5;
  #other = 0x2c1b3c6d;

  /** @param onLine Gets every line, for a reader who wants them all. */
  constructor(onLine?: (line: string) => void) {
    this.#onLine = onLine;
  }

  get lines(): number {
    return this.#lines;
  }

  add(line: string): void {
    let one = this.#one;
    let other = this.#other;
    for (let index = 0; index < line.length; index += 1) {
      const code = line.charCodeAt(index);
      one = Math.imul(one ^ code, FNV_PRIME);
      other = Math.imul(other ^ code, FNV_PRIME) + 1;
    }
    this.#one = one;
    this.#other = other;
    this.#tail[this.#lines % TAIL_LINES] = line;
    this.#lines += 1;
    this.#onLine?.(line);
  }

  /** Two different 32-bit hashes of everything so far. */
  hash(): string {
    return [this.#one, this.#other]
      .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }

  /** The last lines, oldest first. */
  tail(): readonly string[] {
    const start = Math.max(0, this.#lines - TAIL_LINES);
    return Array.from(
      { length: this.#lines - start },
      (_, index) => this.#tail[(start + index) % TAIL_LINES] as string,
    );
  }
}
