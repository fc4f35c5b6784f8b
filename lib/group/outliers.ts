/** When a member that fails is given a rest. */
export interface OutlierOptions {
  /** After how many failures in a row: 1 to 1,000. @default 5 */
  readonly failures?: number | undefined;
  /**
   * For how long, the first time; longer with each time that follows: 1 to 3,600,000 milliseconds.
   * @default 10000
   */
  readonly restMs?: number | undefined;
  /**
   * How many of the members at most, as a part of 1. One may always rest, but never the last.
   * @default 0.3
   */
  readonly partMax?: number | undefined;
}

interface Record {
  failures: number;
  rests: number;
  restsUntilMs: number;
}

/** The longest rest, in first rests. */
const RESTS_MAX = 30;

/**
 * Who is not picked for a while, because requests to it have failed one after the other. Known to
 * this process alone, by incarnation: who restarts begins with a clean slate.
 */
export class Outliers {
  readonly #failuresMax: number;
  readonly #restMs: number;
  readonly #partMax: number;
  readonly #records = new Map<string, Record>();
  /** When the first of those who rest comes back. */
  #nextReturnMs = Number.POSITIVE_INFINITY;

  constructor({ failures = 5, restMs = 10_000, partMax = 0.3 }: OutlierOptions) {
    this.#failuresMax = failures;
    this.#restMs = restMs;
    this.#partMax = partMax;
  }

  /** Whether somebody's rest has ended, so that the choice must be made anew. */
  hasReturns(nowMs: () => number): boolean {
    // Reading the clock takes longer than all the rest of a pick, and mostly nobody rests.
    return this.#nextReturnMs !== Number.POSITIVE_INFINITY && nowMs() >= this.#nextReturnMs;
  }

  rests(incarnation: string, nowMs: number): boolean {
    const record = this.#records.get(incarnation);
    return record !== undefined && record.restsUntilMs > nowMs;
  }

  succeeded(incarnation: string): void {
    const record = this.#records.get(incarnation);
    if (record !== undefined) record.failures = 0;
  }

  /** Notes a failure. Returns whether the member rests from now on. */
  failed(incarnation: string, members: readonly string[], nowMs: number): boolean {
    const record = this.#records.get(incarnation) ?? { failures: 0, rests: 0, restsUntilMs: 0 };
    this.#records.set(incarnation, record);
    record.failures += 1;
    if (record.failures < this.#failuresMax || record.restsUntilMs > nowMs) return false;
    // Counted with this one: a limit that is looked at before is exceeded by one.
    const resting = 1 + members.filter((each) => this.rests(each, nowMs)).length;
    const most = Math.max(1, Math.floor(this.#partMax * members.length));
    if (resting > most || resting >= members.length) return false;
    record.rests = Math.min(RESTS_MAX, record.rests + 1);
    record.restsUntilMs = nowMs + record.rests * this.#restMs;
    record.failures = 0;
    this.#nextReturnMs = Math.min(this.#nextReturnMs, record.restsUntilMs);
    return true;
  }

  /** Forgets those who are gone, and looks who comes back next. */
  keep(members: readonly string[], nowMs: number): void {
    const present = new Set(members);
    this.#nextReturnMs = Number.POSITIVE_INFINITY;
    for (const [incarnation, { restsUntilMs }] of this.#records) {
      if (!present.has(incarnation)) this.#records.delete(incarnation);
      else if (restsUntilMs > nowMs) {
        this.#nextReturnMs = Math.min(this.#nextReturnMs, restsUntilMs);
      }
    }
  }
}
