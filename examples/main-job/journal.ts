import { setTimeout as delay } from 'node:timers/promises';
import { beliefsIn } from './beliefs.ts';
import type { EventOf, JobEvent } from './history.ts';
import type { Prize } from './messages.ts';

const PATIENCE_MS = 20_000;

/** All events of the run in the order of arrival, for whoever judges, prints or waits for them. */
export class Journal {
  readonly #events: JobEvent[] = [];
  readonly #readers = new Set<(event: JobEvent) => void>();
  readonly #broken = new AbortController();
  readonly #end: AbortSignal;

  /** Nobody waits past `deadline`. */
  constructor(deadline: AbortSignal) {
    this.#end = AbortSignal.any([deadline, this.#broken.signal]);
  }

  get events(): readonly JobEvent[] {
    return this.#events;
  }

  record(event: JobEvent): void {
    this.#events.push(event);
    for (const reader of this.#readers) reader(event);
    if (event.kind === 'failed') this.#broken.abort();
  }

  onEvent(reader: (event: JobEvent) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  /**
   * The first event from now on that fits. Rejects when it is too long in coming, and when anything
   * fails meanwhile.
   */
  async next<Kind extends JobEvent['kind']>(
    kind: Kind,
    fits: (event: EventOf<Kind>) => boolean,
    what: string,
  ): Promise<EventOf<Kind>> {
    const settled = new AbortController();
    const signal = AbortSignal.any([settled.signal, this.#end]);
    let stopReading = () => {};
    const found = new Promise<EventOf<Kind>>((resolve) => {
      stopReading = this.onEvent((event) => {
        if (event.kind === kind && fits(event as EventOf<Kind>)) resolve(event as EventOf<Kind>);
      });
    });
    const tooLong = delay(PATIENCE_MS, undefined, { signal }).then(
      () => Promise.reject(new Error(`no sign in ${PATIENCE_MS / 1_000} s of this: ${what}`)),
      () => {
        const why = this.#broken.signal.aborted ? 'a process failed' : 'the run took too long';
        return Promise.reject(new Error(`${why}, while waiting for this: ${what}`));
      },
    );
    try {
      return await Promise.race([found, tooLong]);
    } finally {
      stopReading();
      settled.abort();
    }
  }

  /** Who holds the lock, or leads, by what the processes have reported so far. */
  whoHas(prize: Prize): string | undefined {
    return beliefsIn(prize, this.#events).findLast(({ end }) => end === 'open')?.process;
  }
}
