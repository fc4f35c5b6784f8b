import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import { HoldfastError } from '../errors.ts';
import { claimMsOf, RELEASE_TRIES_MS, type ReleaseResult } from '../lease/give-up.ts';
import { ExclusiveHold } from '../lease/hold.ts';
import { judgeHolding } from '../lease/judge.ts';
import type { Lease } from '../lease/lease.ts';
import type { OwnershipLine } from '../lease/line.ts';
import { transfer } from '../lease/queue-writes.ts';
import type { OwnershipRow } from '../lease/row.ts';
import { proposeToken } from '../lease/token.ts';
import { checkName, checkValue } from '../options.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { Value } from '../store/value.ts';

/** How a transfer of leadership ended. */
export type TransferResult =
  /** The candidate has been granted it, and leads as soon as it accepts. */
  | { readonly outcome: 'transferred' }
  /** No candidate of that label is waiting. This leadership goes on. */
  | { readonly outcome: 'not-a-candidate' }
  /** It had ended before. */
  | { readonly outcome: 'lost'; readonly takenBy: string | undefined };

/** One term of leading. */
export class Leadership extends ExclusiveHold {
  #value: Value;
  /** Version of `#value`, which the table has acknowledged. */
  #valueVersion = 1;
  /** The largest version sent. */
  #version = 1;

  constructor(lease: Lease, line: OwnershipLine, value: Value) {
    super(lease, line);
    this.#value = value;
  }

  /** The term, which is the fencing token: larger than every earlier leader's. */
  get term(): number {
    return this.lease.token;
  }

  /** What others are told of this leader. */
  get value(): Value {
    return this.#value;
  }

  /**
   * Tells others something new, without a new term; it renews the lease as well. One request, one
   * write unit; repeated until answered, while the leadership lasts.
   *
   * @throws LeaseLostError, InvalidArgumentError, `lease-lost` after a resignation or a transfer,
   *   `access-denied`, `store-unavailable`
   */
  async proclaim(value: Value): Promise<void> {
    checkValue(value);
    this.#throwIfEnded();
    const { clock, random } = this.line.runtime;
    this.#version += 1;
    const valueVersion = this.#version;
    const deadlineMs = clock.monotonicMs() + this.lease.remainingMs();
    const signal = this.signal;
    let failure: HoldfastError | undefined;
    const done = await retry(
      { clock, random, deadlineMs, signal },
      async (): Promise<Try<true>> => {
        this.#throwIfEnded();
        const answer = await this.lease.renew({ kind: 'proclaim', value, valueVersion });
        if (answer.kind === 'applied') return stopWith(true);
        if (answer.kind === 'refused') {
          // Ours already, by an attempt whose answer was lost, or something newer. Else a newer
          // renewal overtook this one: number it anew.
          return answer.row.valueVersion >= valueVersion ? stopWith(true) : tryAgain;
        }
        failure = errorOfFailure(`proclaiming to ${this.line.name}`, answer.failure);
        if (!answer.failure.retryable) throw failure;
        return tryAgain;
      },
    );
    this.#throwIfEnded();
    if (done === undefined) throw failure ?? new HoldfastError('store-unavailable', 'no answer');
    // Of two under way, the later one stays in the table.
    if (valueVersion < this.#valueVersion) return;
    this.#value = value;
    this.#valueVersion = valueVersion;
  }

  /** Gives the leadership up, to the first candidate if there is one. Never throws. */
  resign(): Promise<ReleaseResult> {
    return this.giveUp();
  }

  /**
   * Gives the leadership to the waiting candidate with this label, out of turn: one consistent
   * read to find its place, and one write. Stop leading before: the candidate may begin before
   * this returns. After an error the leadership goes on, unless its signal says otherwise.
   *
   * @throws InvalidArgumentError, `access-denied`, `store-unavailable`
   */
  async transferTo(candidate: string): Promise<TransferResult> {
    checkName(candidate);
    const { clock, random } = this.line.runtime;
    const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
    const { isHeld } = this.lease.keeper;
    const result = await this.lease.givingAway(() =>
      retry({ clock, random, deadlineMs }, () => this.#tryTransfer(candidate, isHeld)),
    );
    if (result !== undefined) return result;
    throw new HoldfastError('store-unavailable', `transferring ${this.line.name}: no answer`);
  }

  async #tryTransfer(candidate: string, isHeld: boolean): Promise<Try<TransferResult>> {
    const { client } = this.line;
    const reading = await client.read(true);
    if (reading.kind === 'failed') {
      if (reading.failure.retryable) return tryAgain;
      throw errorOfFailure(`reading ${this.line.name}`, reading.failure);
    }
    const { row } = reading;
    if (row.owner?.id !== this.lease.id) return stopWith(this.#ending(row, isHeld));
    const position = row.queue.findIndex((entry) => entry.label === candidate);
    const entry = row.queue[position];
    if (entry === undefined) return stopWith({ outcome: 'not-a-candidate' });
    const time = client.time();
    const token = proposeToken(time, this.lease.token);
    const terms = { claimMs: claimMsOf(this.lease.leaseMs), token, time };
    const answer = await client.write(transfer(this.lease, terms, position, entry.id));
    if (answer.kind === 'failed' && !answer.failure.retryable) {
      throw errorOfFailure(`transferring ${this.line.name}`, answer.failure);
    }
    return answer.kind === 'applied' ? stopWith(this.#ending(answer.row, isHeld)) : tryAgain;
  }

  /** The row is not ours any more: by this transfer, whose answer may have been lost, or before. */
  #ending(row: OwnershipRow, wasHeld: boolean): TransferResult {
    this.lease.judge(row);
    this.line.setDown(this.lease);
    const verdict = judgeHolding(row, this.lease);
    // By a resignation, if it was given up before this began.
    if (verdict.kind === 'ended' && wasHeld) return { outcome: 'transferred' };
    return { outcome: 'lost', takenBy: row.owner?.label };
  }

  #throwIfEnded(): void {
    this.throwIfLost();
    if (this.lease.remainingMs() > 0) return;
    throw new HoldfastError('lease-lost', `${this.line.name}: this leadership was given up before`);
  }
}
