/**
 * The largest value seen within a sliding window of time, in amortised constant time and with a
 * bounded number of entries.
 */
export class SlidingMaximum {
  /** Entries by rising time and falling value: the first is the maximum, the others its heirs. */
  readonly #entries: { readonly atMs: number; readonly value: number }[] = [];
  readonly #windowMs: number;
  readonly #entriesMax: number;

  constructor(windowMs: number, entriesMax: number) {
    this.#windowMs = windowMs;
    this.#entriesMax = entriesMax;
  }

  push(atMs: number, value: number): void {
    while ((this.#entries.at(-1)?.value ?? Number.POSITIVE_INFINITY) <= value) this.#entries.pop();
    // A full list drops its newest and smallest: forgetting a bound only makes the result wider.
    if (this.#entries.length < this.#entriesMax) this.#entries.push({ atMs, value });
  }

  maximum(nowMs: number): number | undefined {
    while (this.#entries.length > 0 && this.#isOld(nowMs)) this.#entries.shift();
    return this.#entries[0]?.value;
  }

  clear(): void {
    this.#entries.length = 0;
  }

  #isOld(nowMs: number): boolean {
    const first = this.#entries[0];
    return first !== undefined && first.atMs < nowMs - this.#windowMs;
  }
}
