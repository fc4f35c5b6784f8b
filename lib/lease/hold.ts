import {
  DEFAULT_FENCE_ATTRIBUTE,
  type FenceableInput,
  type Fenced,
  fenceInput,
  type Guard,
  guardOf,
} from './fencing.ts';
import type { ReleaseResult } from './give-up.ts';
import type { Lease } from './lease.ts';
import type { OwnershipLine } from './line.ts';

/** What every exclusive grant gives its owner, be it a lock's hold or a leadership. */
export abstract class ExclusiveHold implements AsyncDisposable {
  protected readonly lease: Lease;
  protected readonly line: OwnershipLine;
  #released: Promise<ReleaseResult> | undefined;

  constructor(lease: Lease, line: OwnershipLine) {
    this.lease = lease;
    this.line = line;
  }

  /**
   * Aborts when the hold is lost, before anybody else can be granted it, with a
   * {@link LeaseLostError} that says why. In Lambda mode it aborts when a method of the hold
   * notices.
   */
  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /**
   * For how many milliseconds the hold is surely still valid; 0 when it is not. Computed from two
   * clocks at each call, so that it is right even after a pause that no timer has noticed yet. For
   * side effects that nothing fences: look here just before each.
   */
  remainingMs(): number {
    return this.lease.remainingMs();
  }

  /** Throws the {@link LeaseLostError} when the hold is no longer valid. */
  throwIfLost(): void {
    const { lost } = this.lease;
    if (lost !== undefined) throw lost;
  }

  /**
   * A `ConditionCheck` for the caller's own `TransactWriteCommand`: the transaction fails once
   * somebody else has been granted the row, whatever any clock says. Costs two write units.
   */
  guard(): Guard {
    return guardOf(this.line.runtime.store.table, this.lease);
  }

  /**
   * The input of the caller's own `PutCommand` or `UpdateCommand`, made to fail once a later holder
   * has written the same item, and to stamp the token. No extra request and no extra unit. It
   * orders the writers of *each item*; where a decision read other items, use {@link guard}.
   */
  fence<Input extends FenceableInput>(
    input: Input,
    options: { readonly attribute?: string } = {},
  ): Fenced<Input> {
    return fenceInput(input, this.lease.token, options.attribute ?? DEFAULT_FENCE_ATTRIBUTE);
  }

  /** Never throws: an error while leaving a block would hide the error that made us leave it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.giveUp();
  }

  /**
   * What is held, for those who let it go on elsewhere; `spend` leaves nothing to release here.
   *
   * @internal
   */
  parts() {
    const spend = () => {
      this.#released ??= Promise.resolve({ outcome: 'already-released' });
    };
    return { lease: this.lease, line: this.line, spend };
  }

  protected async giveUp(): Promise<ReleaseResult> {
    if (this.#released === undefined) {
      this.#released = this.line.release(this.lease);
      return this.#released;
    }
    const first = await this.#released;
    return first.outcome === 'released' ? { outcome: 'already-released' } : first;
  }
}

/**
 * Runs `body` with a hold and gives the hold up afterwards, once the body has settled: what goes on
 * after the release is protected by nothing. A body that succeeded although its hold was lost
 * meanwhile is reported as the loss.
 */
export async function runWith<Hold extends AsyncDisposable & { throwIfLost(): void }, Result>(
  hold: Hold,
  body: (hold: Hold) => Promise<Result> | Result,
): Promise<Result> {
  try {
    const result = await body(hold);
    hold.throwIfLost();
    return result;
  } finally {
    await hold[Symbol.asyncDispose]();
  }
}
