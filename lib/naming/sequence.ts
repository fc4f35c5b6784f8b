import { HoldfastError } from '../errors.ts';
import { insist, type Move } from '../lease/insist.ts';
import { RecordClient } from '../lease/record-client.ts';
import { checkWhole } from '../option-checks.ts';
import type { Runtime } from '../runtime.ts';
import { namingKey } from '../store/naming-schema.ts';
import type { TransactionHandle } from '../store/row-transaction.ts';
import { type BlockBounds, nextBlockSize } from './block-size.ts';
import { GaplessNumbers } from './gapless.ts';
import { checkSequenceOptions, type SequenceOptions, TAKE_MAX } from './options.ts';
import {
  type Block,
  blockOf,
  FIRST_NUMBER,
  mismatchOf,
  parseSequenceRow,
  type SequenceRow,
  takeBlock,
} from './sequence-row.ts';

/**
 * Whole numbers from 1 on, each given to one caller only, whoever asks and whatever is lost on the
 * way.
 *
 * Order: within one `Holdfast` instance, a call that begins after another has returned gets a
 * larger number. Between processes there is none: each takes a block of numbers at a time and works
 * it off. Numbers of blocks that were not used up when a process ended are never given out, at
 * most two blocks; numbers of a block whose request went unanswered may be skipped too. Numbers
 * without gaps are taken in transactions: see {@link gapless}. A sequence is of one kind or the
 * other, from its first number on.
 *
 * Costs one write unit a block. Blocks grow until one lasts for a second, and shrink when one
 * lasts for ten; the next is asked for when half of the present one is gone.
 */
export class Sequence {
  readonly name: string;
  readonly #runtime: Runtime;
  readonly #client: RecordClient<SequenceRow>;
  readonly #bounds: BlockBounds;
  readonly #gapless: GaplessNumbers;
  #size: number;
  #block: Block = { next: 0, end: 0 };
  #blockSinceMs: number;
  /** From here on in the present block, the next one is asked for. */
  #lookAheadFrom = 0;
  #ahead: Block | undefined;
  #loading: Promise<void> | undefined;

  constructor(runtime: Runtime, name: string, options: SequenceOptions) {
    this.name = name;
    this.#runtime = runtime;
    this.#bounds = checkSequenceOptions(options);
    this.#size = this.#bounds.least;
    this.#blockSinceMs = runtime.clock.monotonicMs();
    const key = namingKey(runtime.namespace, 'sequence', name, 'sequence');
    this.#client = new RecordClient(runtime, key, parseSequenceRow);
    this.#gapless = new GaplessNumbers(runtime, name, this.#client);
  }

  /**
   * A number that nobody else has or will get. No request, unless the block is used up.
   *
   * @throws `store-unavailable` (no usable answer for 5 seconds), `table-missing`,
   *   `access-denied`, `sequence-exhausted` (beyond 2^53 - 1), `closed`
   */
  async next(): Promise<number> {
    this.#runtime.closing.throwIfAborted();
    for (;;) {
      const number = this.#shift();
      if (number !== undefined) return number;
      await this.#load(this.#size);
    }
  }

  /**
   * So many numbers, in rising order, with gaps where blocks meet.
   *
   * @param count 1 to 100,000
   * @throws InvalidArgumentError, and as {@link next}
   */
  async take(count: number): Promise<number[]> {
    checkWhole('count', count, 1, TAKE_MAX);
    this.#runtime.closing.throwIfAborted();
    const numbers: number[] = [];
    while (numbers.length < count) {
      const number = this.#shift();
      if (number !== undefined) numbers.push(number);
      else await this.#load(Math.max(this.#size, count - numbers.length));
    }
    return numbers;
  }

  /**
   * The next number, without a gap, for a transaction that uses it: the number is taken if that
   * commits, and never otherwise, whatever crashes. So the transactions that take numbers of one
   * sequence commit one after another, in the numbers' order.
   *
   * ```ts
   * const invoices = sequence(holdfast, 'invoices');
   * await shop.transact(async (tx) => {
   *   const number = await invoices.gapless(tx);
   *   await tx.insert('invoices', { number, customer, total });
   * });
   * ```
   *
   * One read unit and two write units, besides those of the transaction; the first number of a
   * sequence one more of each. A number may be seen by several attempts, of which one commits.
   *
   * @throws InvalidArgumentError for anything but the `tx` of a `transact` over the same table,
   *   `sequence-mismatch` when numbers of that name were given in blocks, `sequence-exhausted`, and
   *   as {@link next}
   */
  gapless(tx: TransactionHandle): Promise<number> {
    return this.#gapless.next(tx);
  }

  /** The next number at hand. */
  #shift(): number | undefined {
    if (this.#block.next >= this.#block.end) {
      if (this.#ahead === undefined) return undefined;
      this.#begin(this.#ahead);
      this.#ahead = undefined;
    }
    const number = this.#block.next;
    this.#block.next += 1;
    if (number >= this.#lookAheadFrom && this.#ahead === undefined) this.#lookAhead();
    return number;
  }

  #begin(block: Block): void {
    const nowMs = this.#runtime.clock.monotonicMs();
    const isFirst = this.#block.end === 0;
    if (!isFirst) {
      this.#size = nextBlockSize(this.#size, nowMs - this.#blockSinceMs, this.#bounds);
    }
    this.#block = block;
    this.#blockSinceMs = nowMs;
    this.#lookAheadFrom = Math.floor((block.next + block.end) / 2);
  }

  #lookAhead(): void {
    if (this.#loading !== undefined) return;
    // Once for each block: if it fails, whoever needs the next block asks again, and hears why.
    this.#lookAheadFrom = Number.POSITIVE_INFINITY;
    void this.#load(this.#size).catch(() => undefined);
  }

  /**
   * One request for a block at a time: a second one's numbers could be smaller than the first's.
   */
  #load(size: number): Promise<void> {
    this.#loading ??= this.#allocate(size).then(
      (block) => {
        this.#loading = undefined;
        this.#ahead = block;
      },
      (error: unknown) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }

  #allocate(size: number): Promise<Block> {
    let id = this.#runtime.random.id();
    let expected: number | undefined;
    const title = `sequence '${this.name}'`;
    return insist(this.#runtime, this.#client, title, ({ row }): Move<Block> => {
      if (row === undefined) return { kind: 'read' };
      const mismatch = mismatchOf(this.name, row, false);
      if (mismatch !== undefined) return { kind: 'refuse', error: mismatch };
      const block = blockOf(row, id);
      if (block !== undefined) return { kind: 'done', result: block };
      // A block that was ours and was followed by another one cannot be told any more.
      if (expected !== undefined && expected !== row.next) id = this.#runtime.random.id();
      expected = row.next;
      if ((row.next ?? FIRST_NUMBER) > Number.MAX_SAFE_INTEGER - size) {
        const message = `${title}: no ${size} numbers are left below 2^53`;
        return { kind: 'refuse', error: new HoldfastError('sequence-exhausted', message) };
      }
      return { kind: 'write', request: takeBlock(this.#client.key, row, id, size) };
    });
  }
}
