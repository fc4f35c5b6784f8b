import type { BridgeRecord, Position, ShardRead, StreamSource } from './stream-source.ts';

/** What one look at a shard brought. */
export interface Page {
  readonly records: readonly BridgeRecord[];
  /** The shard is closed and read to its end. */
  readonly isEnd: boolean;
}

/** One read of a shard brings up to a thousand records, whatever the batch size. */
const READ_LIMIT = 1_000;
/** A fresh iterator that expires at once is a fault of the stream. */
const ATTEMPTS_MAX = 3;

/** Reads a shard from a position on, over iterators that expire and records that are trimmed. */
export class ShardReader {
  readonly #source: StreamSource;
  readonly #shardId: string;
  #position: Position;
  #iterator: string | undefined;
  /** How often records were gone before they could be read. */
  gaps = 0;

  constructor(source: StreamSource, shardId: string, position: Position) {
    this.#source = source;
    this.#shardId = shardId;
    this.#position = position;
  }

  async read(): Promise<Page> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const iterator = this.#iterator ?? (await this.#open());
      const read = await this.#source.read(iterator, READ_LIMIT);
      if (read.kind === 'records') return this.#take(read);
      this.#iterator = undefined;
      if (read.kind === 'trimmed') this.#skipGap();
    }
    throw new Error(`shard ${this.#shardId}: every iterator has expired or points at nothing`);
  }

  #take({ records, next }: Extract<ShardRead, { readonly kind: 'records' }>): Page {
    // The end is known by the missing iterator alone: some engines give a range of numbers to
    // shards that are still open.
    this.#iterator = next;
    const sequenceNumber = records.at(-1)?.dynamodb.SequenceNumber;
    if (sequenceNumber !== undefined) this.#position = { kind: 'after', sequenceNumber };
    return { records, isEnd: next === undefined };
  }

  async #open(): Promise<string> {
    const iterator = await this.#source.open(this.#shardId, this.#position);
    if (iterator !== 'trimmed') return iterator;
    this.#skipGap();
    const oldest = await this.#source.open(this.#shardId, this.#position);
    if (oldest === 'trimmed') throw new Error(`shard ${this.#shardId} has no oldest record`);
    return oldest;
  }

  #skipGap(): void {
    this.gaps += 1;
    this.#position = { kind: 'trim-horizon' };
  }
}
