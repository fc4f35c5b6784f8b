import { HoldfastError } from '../errors.ts';
import type { Attributes } from '../store/attribute.ts';
import { absent } from '../store/item-store.ts';
import { PARTITION_KEY, SORT_KEY } from '../store/schema.ts';
import { MODE_ATTRIBUTE, modeKey } from '../store/transaction-schema.ts';
import type { Gateway } from './gateway.ts';
import type { RecordHome } from './record.ts';

/**
 * How transactions are committed. `portable`: by conditional writes of single items alone, on every
 * engine. `mixed`: by one native request where that is possible, and otherwise as before; then
 * everybody validates by native reads, because plain ones see half of what a native request writes.
 */
export type TransactionMode = 'portable' | 'mixed';

/** Programs that share items run transactions in two modes, which is not safe. Nothing happened. */
export class TransactionModeError extends HoldfastError {
  /** What this program was configured with. */
  readonly mode: TransactionMode;
  /** What the namespace was begun with. */
  readonly agreedMode: string;

  constructor(mode: TransactionMode, agreedMode: string, row: string) {
    const expected = `expected '${agreedMode}', as row ${row} says for all programs`;
    super('mode-mismatch', `mode: ${expected}, got '${mode}'`);
    this.mode = mode;
    this.agreedMode = agreedMode;
  }
}

/**
 * The mode that all programs of a namespace have agreed on: that of whoever came first, in a row of
 * the library's table. Read once by each instance, before it commits or validates anything.
 */
export class ModeAgreement {
  readonly #gateway: Gateway;
  readonly #home: RecordHome;
  readonly #mode: TransactionMode;
  #agreed: Promise<void> | undefined;
  #hasNative = false;

  constructor(gateway: Gateway, home: RecordHome, mode: TransactionMode) {
    this.#gateway = gateway;
    this.#home = home;
    this.#mode = mode;
  }

  /** Whether native requests are used: not before the agreement, nor on engines without. */
  get isNative(): boolean {
    return this.#hasNative;
  }

  /** One request for the first caller, two if nobody came before. @throws TransactionModeError */
  ensure(): Promise<void> {
    this.#agreed ??= this.#agree().catch((error: unknown) => {
      // What could not be read now may be later.
      this.#agreed = undefined;
      throw error;
    });
    return this.#agreed;
  }

  async #agree(): Promise<void> {
    const { pk, sk } = modeKey(this.#home.namespace);
    const { table } = this.#home;
    const place = { table, key: { [PARTITION_KEY]: { S: pk }, [SORT_KEY]: { S: sk } } };
    const patience = this.#gateway.patience('the mode of transactions');
    let hasNative = false;
    let row: Attributes | undefined;
    if (this.#mode === 'portable') row = await this.#gateway.read(place);
    else {
      // The native read shows at the same time whether the engine has native requests.
      const together = await this.#gateway.readTogether([place]);
      hasNative = together !== 'unsupported';
      row = together === 'unsupported' ? await this.#gateway.read(place) : together[0];
    }
    while (row === undefined) {
      const item = { ...place.key, [MODE_ATTRIBUTE]: { S: this.#mode } };
      const condition = [absent(PARTITION_KEY)];
      const result = await this.#gateway.write({ kind: 'put', ...place, item, condition });
      if (result.kind === 'applied' || result.kind === 'refused') row = result.item;
      else {
        await patience.failure(result.failure);
        row = await this.#gateway.read(place);
      }
    }
    const agreed = row[MODE_ATTRIBUTE];
    const agreedMode = agreed !== undefined && 'S' in agreed ? agreed.S : 'unknown';
    if (agreedMode !== this.#mode) throw new TransactionModeError(this.#mode, agreedMode, pk);
    this.#hasNative = hasNative;
  }
}
