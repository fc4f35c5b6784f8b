import { SilenceObserver } from '../lease/silence.ts';
import type { BeatRow } from './beat-row.ts';

/** One sweeper's memory of all beats of a group: since when it has seen which unchanged. */
export class SilenceMemory {
  readonly #observers = new Map<string, SilenceObserver>();

  /** Notes what a look has just shown, and forgets the beats that are gone. */
  note(beats: readonly BeatRow[], nowMs: number): void {
    const ids = new Set(beats.map(({ id }) => id));
    for (const id of this.#observers.keys()) if (!ids.has(id)) this.#observers.delete(id);
    for (const { id, row } of beats) {
      const observer = this.#observers.get(id) ?? new SilenceObserver();
      observer.note(row, nowMs);
      this.#observers.set(id, observer);
    }
  }

  isSilent({ id, row }: BeatRow, nowMs: number): boolean {
    return this.#observers.get(id)?.isSilent(row, nowMs) ?? false;
  }

  /** Milliseconds until the beat may be called silent, if no renewal comes. */
  untilSilentMs({ id, row }: BeatRow, nowMs: number): number {
    return this.#observers.get(id)?.untilSilentMs(row, nowMs) ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#observers.clear();
  }
}
