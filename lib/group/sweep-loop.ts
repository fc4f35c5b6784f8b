import { sleep } from '../core/clock.ts';
import type { Runtime } from '../runtime.ts';
import { msUntilDue, type SweepRow } from './sweep-row.ts';
import type { Sweeper } from './sweeper.ts';

/** What is known of the sweeps, and since when. */
interface Seen {
  readonly row: SweepRow;
  readonly sinceMs: number;
  /** Whether the last sweep was this process's. */
  readonly isOwn: boolean;
}

/**
 * Sees to it that the group is swept once in an interval. Who swept last sweeps next, on time;
 * the others look now and then, at half a read unit, whether somebody still does.
 */
export class SweepLoop {
  readonly #runtime: Runtime;
  readonly #sweeper: Sweeper;
  readonly #intervalMs: number;
  /** The table answers. */
  readonly #onAnswer: () => void;
  #seen: Seen | undefined;
  #stop: AbortController | undefined;

  constructor(runtime: Runtime, sweeper: Sweeper, intervalMs: number, onAnswer: () => void) {
    this.#runtime = runtime;
    this.#sweeper = sweeper;
    this.#intervalMs = intervalMs;
    this.#onAnswer = onAnswer;
  }

  /** Sweeps once if it is time, for those who do not stay. */
  async sweepIfDue(): Promise<void> {
    await this.#look();
    if (this.#untilDueMs() === 0) await this.#sweep();
  }

  start(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    void this.#run(AbortSignal.any([this.#stop.signal, this.#runtime.closing]));
  }

  stop(): void {
    this.#stop?.abort('nobody watches here any more');
    this.#stop = undefined;
  }

  async #run(over: AbortSignal): Promise<void> {
    const { clock } = this.#runtime;
    while (!over.aborted) {
      // A row of a strange shape is for people to mend; until then nobody is removed.
      await this.#turn().catch(() => this.#sweeper.wasImpaired());
      if (over.aborted) return;
      const untilMs = this.#seen?.isOwn === true ? this.#untilOwnMs() : this.#untilOthersMs();
      const dueMs = clock.monotonicMs() + untilMs;
      await sleep(clock, untilMs, over, { keepsProcessAlive: false });
      const isLate = clock.monotonicMs() - dueMs > this.#intervalMs / 2;
      if (isLate) this.#sweeper.wasImpaired();
    }
  }

  async #turn(): Promise<void> {
    if (this.#seen?.isOwn === true) {
      if (this.#untilDueMs() > 0) await this.#sweeper.confirm();
      else await this.#sweep();
      return;
    }
    await this.#look();
    if (this.#seen !== undefined && this.#untilDueMs() === 0) await this.#sweep();
  }

  #untilOwnMs(): number {
    return Math.min(this.#untilDueMs(), this.#sweeper.untilConfirmationMs() + 1);
  }

  /** Behind the one who swept last, and not all at once. */
  #untilOthersMs(): number {
    const { random } = this.#runtime;
    return this.#untilDueMs() + this.#intervalMs * (0.25 + random.fraction());
  }

  async #look(): Promise<void> {
    const row = await this.#sweeper.look();
    if (row === undefined) {
      this.#sweeper.wasImpaired();
      return;
    }
    this.#note(row);
    this.#onAnswer();
  }

  async #sweep(): Promise<void> {
    const before = this.#seen?.row;
    if (before === undefined) return;
    const sentMs = this.#runtime.clock.monotonicMs();
    const claim = await this.#sweeper.sweep(before);
    if (claim === undefined) {
      this.#sweeper.wasImpaired();
      // It may have been ours: whoever is next finds out by a look.
      this.#seen = undefined;
      return;
    }
    this.#onAnswer();
    // A write has seen the row itself, so also one that has gone back is believed.
    this.#seen = { ...claim, sinceMs: claim.isOwn ? sentMs : this.#runtime.clock.monotonicMs() };
  }

  #note(row: SweepRow): void {
    // A replica that lags, or nothing new: what was known first counts.
    if (this.#seen !== undefined && row.sweeps <= this.#seen.row.sweeps) return;
    this.#seen = { row, sinceMs: this.#runtime.clock.monotonicMs(), isOwn: false };
  }

  #untilDueMs(): number {
    const { clock, tableClock } = this.#runtime;
    if (this.#seen === undefined) return this.#intervalMs;
    const { row, sinceMs, isOwn } = this.#seen;
    const time = isOwn ? undefined : tableClock.now();
    const nowMs = clock.monotonicMs();
    return msUntilDue({ row, sinceMs, nowMs, time, intervalMs: this.#intervalMs });
  }
}
