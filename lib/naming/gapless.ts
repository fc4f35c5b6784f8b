import { HoldfastError, InvalidArgumentError } from '../errors.ts';
import { insist, type Move } from '../lease/insist.ts';
import type { RecordClient } from '../lease/record-client.ts';
import type { Runtime } from '../runtime.ts';
import { rowsOf, type TransactionHandle } from '../store/row-transaction.ts';
import {
  FIRST_NUMBER,
  foundGapless,
  mismatchOf,
  numberTaken,
  parseSequenceRow,
  type SequenceRow,
} from './sequence-row.ts';

/**
 * Numbers without gaps: each is taken by the very transaction that uses it, so that one which does
 * not commit has never had it. Serial for that reason: the row of the sequence is locked from when
 * a transaction begins to commit until it is over.
 */
export class GaplessNumbers {
  readonly #runtime: Runtime;
  readonly #name: string;
  readonly #client: RecordClient<SequenceRow>;
  #isFounded = false;

  constructor(runtime: Runtime, name: string, client: RecordClient<SequenceRow>) {
    this.#runtime = runtime;
    this.#name = name;
    this.#client = client;
  }

  async next(tx: TransactionHandle): Promise<number> {
    const rows = rowsOf(tx);
    const { store, namespace } = this.#runtime;
    if (rows.table !== store.table || rows.namespace !== namespace) {
      const expected = `a transaction over '${store.table}', namespace '${namespace}'`;
      throw new InvalidArgumentError('tx', expected, `${rows.table}, ${rows.namespace}`);
    }
    if (!this.#isFounded) await this.#found();
    this.#isFounded = true;
    let number = FIRST_NUMBER;
    await rows.amend(this.#client.key, (item) => {
      number = this.#nextOf(parseSequenceRow(item));
      return numberTaken(number);
    });
    return number;
  }

  #nextOf(row: SequenceRow): number {
    const mismatch = mismatchOf(this.#name, row, true);
    if (mismatch !== undefined) throw mismatch;
    const { next = FIRST_NUMBER } = row;
    if (next < Number.MAX_SAFE_INTEGER) return next;
    const message = `sequence '${this.#name}': no number is left below 2^53`;
    throw new HoldfastError('sequence-exhausted', message);
  }

  /** Makes the row, from which no number is gone by that: transactions only change what exists. */
  #found(): Promise<void> {
    const title = `sequence '${this.#name}'`;
    return insist(this.#runtime, this.#client, title, ({ row }): Move<void> => {
      if (row === undefined) return { kind: 'read' };
      if (row.next !== undefined) return { kind: 'done', result: undefined };
      return { kind: 'write', request: foundGapless(this.#client.key) };
    });
  }
}
