import type { Interval } from './history.ts';

/**
 * For each of `later`, in order of calls: the largest, by `rankOf`, of those of `earlier` that had
 * returned before it was called. The one sweep behind every "must be above all that came before".
 */
export function* largestBefore<Earlier extends Interval, Later extends Interval>(
  earlier: readonly Earlier[],
  later: readonly Later[],
  rankOf: (interval: Earlier) => number,
): Generator<readonly [largest: Earlier, later: Later]> {
  const byReturn = earlier.toSorted((a, b) => a.returnedAt - b.returnedAt);
  let largest: Earlier | undefined;
  let returned = 0;
  for (const interval of later.toSorted((a, b) => a.calledAt - b.calledAt)) {
    for (let next = byReturn[returned]; next !== undefined; next = byReturn[returned]) {
      if (next.returnedAt >= interval.calledAt) break;
      if (largest === undefined || rankOf(next) > rankOf(largest)) largest = next;
      returned += 1;
    }
    if (largest !== undefined) yield [largest, interval];
  }
}

/** Answers how much had been added up to, or before, a moment. */
export class RunningTotal {
  readonly #moments: readonly number[];
  readonly #totals: readonly number[];

  constructor(additions: readonly { readonly at: number; readonly by: number }[]) {
    const ordered = additions.toSorted((a, b) => a.at - b.at);
    let total = 0;
    this.#moments = ordered.map(({ at }) => at);
    this.#totals = ordered.map(({ by }) => {
      total += by;
      return total;
    });
  }

  /** The total of the additions at or before `moment`. */
  upTo(moment: number): number {
    return this.#totalWhile((at) => at <= moment);
  }

  /** The total of the additions strictly before `moment`. */
  before(moment: number): number {
    return this.#totalWhile((at) => at < moment);
  }

  #totalWhile(counts: (at: number) => boolean): number {
    let low = 0;
    let high = this.#moments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (counts(this.#moments[middle] ?? 0)) low = middle + 1;
      else high = middle;
    }
    return this.#totals[low - 1] ?? 0;
  }
}
