import { onAbort } from '../core/abort.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { Guard } from '../lease/fencing.ts';
import type { ReleaseResult } from '../lease/give-up.ts';
import type { LockHold } from './lock.ts';

/** Several locks that are held together. */
export class LocksHold implements AsyncDisposable {
  readonly #holds: ReadonlyMap<string, LockHold>;
  readonly #lost = new AbortController();
  readonly #stopListening: () => void;
  #released: Promise<ReleaseResult> | undefined;

  constructor(holds: ReadonlyMap<string, LockHold>) {
    this.#holds = holds;
    const signals = [...holds.values()].map(({ signal }) => signal);
    this.#stopListening = onAbort(signals, (reason) => this.#lost.abort(reason));
  }

  /** Aborts when one of the locks is lost, with that loss, as a hold's own signal does. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** The fencing tokens, by name. */
  get tokens(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#holds].map(([name, { token }]) => [name, token]));
  }

  /**
   * The hold of one of the locks, to fence writes of what it protects. Release them together.
   *
   * @throws InvalidArgumentError
   */
  hold(name: string): LockHold {
    const hold = this.#holds.get(name);
    if (hold !== undefined) return hold;
    throw new InvalidArgumentError('name', 'one of the names that are held together', name);
  }

  /** For how many milliseconds all the locks are surely still held; computed at each call. */
  remainingMs(): number {
    return Math.min(...[...this.#holds.values()].map((hold) => hold.remainingMs()));
  }

  /** Throws the {@link LeaseLostError} of the first of the locks that is lost. */
  throwIfLost(): void {
    for (const hold of this.#holds.values()) hold.throwIfLost();
  }

  /** `ConditionCheck`s for the caller's own `TransactWriteCommand`: one a lock, two units each. */
  guards(): readonly Guard[] {
    return [...this.#holds.values()].map((hold) => hold.guard());
  }

  /**
   * Gives all the locks up at once: one request and one write unit each. Never throws; says the
   * worst that the table says of any.
   */
  async release(): Promise<ReleaseResult> {
    if (this.#released === undefined) {
      this.#stopListening();
      this.#released = releaseAll(this.#holds);
      return this.#released;
    }
    const first = await this.#released;
    return first.outcome === 'released' ? { outcome: 'already-released' } : first;
  }

  /** Never throws: an error while leaving a block would hide the error that made us leave it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

const WORST_FIRST = ['lost', 'unknown', 'released', 'already-released'] as const;

/** Releases all, and says the worst that was said of one. */
export async function releaseAll(holds: ReadonlyMap<string, LockHold>): Promise<ReleaseResult> {
  const results = await Promise.all([...holds.values()].map((hold) => hold.release()));
  for (const outcome of WORST_FIRST) {
    const found = results.find((result) => result.outcome === outcome);
    if (found !== undefined) return found;
  }
  return { outcome: 'released' };
}
