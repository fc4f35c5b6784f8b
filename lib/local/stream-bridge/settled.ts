import type { BridgeRecord } from './stream-source.ts';

/** Which of the records that were read are done with: handled, filtered out or given up. */
export class Settled {
  readonly #records: readonly BridgeRecord[];
  readonly #open: Set<BridgeRecord>;
  #prefix = 0;

  constructor(records: readonly BridgeRecord[], toHandle: readonly BridgeRecord[]) {
    this.#records = records;
    this.#open = new Set(toHandle);
  }

  settle(records: readonly BridgeRecord[]): void {
    for (const record of records) this.#open.delete(record);
  }

  /** The last record before which, itself included, all are done with. Never beyond a lane. */
  get checkpoint(): string | undefined {
    while (this.#prefix < this.#records.length) {
      const next = this.#records[this.#prefix];
      if (next === undefined || this.#open.has(next)) break;
      this.#prefix += 1;
    }
    return this.#records[this.#prefix - 1]?.dynamodb.SequenceNumber;
  }
}
