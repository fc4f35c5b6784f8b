import type { Attributes } from './attribute.ts';
import type { ItemAddress } from './item-store.ts';
import {
  addressOf,
  type CancellationReason,
  type ItemTransaction,
  type ItemTransactionPart,
  type ItemTransactionResult,
} from './item-transaction.ts';
import type { StoreFailure } from './store.ts';

/** Calls `commit` when the item's turn has come, and resolves afterwards. */
export type CommitEach = (address: ItemAddress, commit: () => void) => Promise<void>;

export interface MemoryTransactionsParts {
  readonly commitEach: CommitEach | undefined;
  readonly isLacking: boolean;
  readonly nameOf: (address: ItemAddress) => string;
  /** What stands in the way of one part, judged by itself. */
  readonly judge: (part: ItemTransactionPart) => StoreFailure | 'refused' | undefined;
  readonly commit: (part: ItemTransactionPart) => void;
  readonly itemAt: (address: ItemAddress) => Attributes | undefined;
}

type Failed = { readonly kind: 'failed'; readonly failure: StoreFailure };

/**
 * Native transactions as DynamoDB carries them out ("Distributed Transactions at Scale in Amazon
 * DynamoDB", USENIX ATC 2023): all items are prepared, and then each is committed by itself.
 * Meanwhile plain reads show some of them before and some after, while every conditional write and
 * every other transaction that meets one of them is turned away.
 */
export class MemoryTransactions {
  readonly #parts: MemoryTransactionsParts;
  /** Items of transactions under way. */
  readonly #prepared = new Set<string>();
  /** By token: under way, or over and carried out. */
  readonly #tokens = new Map<string, 'under way' | 'applied'>();

  constructor(parts: MemoryTransactionsParts) {
    this.#parts = parts;
  }

  async write({ parts, token }: ItemTransaction): Promise<ItemTransactionResult> {
    if (this.#parts.isLacking) return LACKING;
    const earlier = this.#tokens.get(token);
    if (earlier === 'applied') return { kind: 'applied' };
    if (earlier === 'under way') return conflict('a request with this token is in progress');
    const reasons = parts.map((part) => this.#reason(part));
    if (reasons.some(({ kind }) => kind !== 'none')) return { kind: 'cancelled', reasons };
    const { commitEach, commit, nameOf } = this.#parts;
    if (commitEach === undefined) {
      for (const part of parts) commit(part);
    } else {
      this.#tokens.set(token, 'under way');
      const items = parts.flatMap((part) => {
        const address = addressOf(part);
        return address === undefined ? [] : [{ part, address }];
      });
      for (const { address } of items) this.#prepared.add(nameOf(address));
      for (const { part, address } of items) {
        await commitEach(address, () => {
          commit(part);
          this.#prepared.delete(nameOf(address));
        });
      }
    }
    this.#tokens.set(token, 'applied');
    return { kind: 'applied' };
  }

  forgetTokens(): void {
    this.#tokens.clear();
  }

  /** What a write of one item is answered while a transaction is at work on it. */
  conflictAt(address: ItemAddress): Failed | undefined {
    if (!this.#prepared.has(this.#parts.nameOf(address))) return undefined;
    return conflict('a transaction is at work on the item');
  }

  /** What a read of several items at one moment is answered. */
  conflictAmong(addresses: readonly ItemAddress[]): Failed | undefined {
    if (this.#parts.isLacking) return LACKING;
    return addresses.map((address) => this.conflictAt(address)).find((each) => each !== undefined);
  }

  #reason(part: ItemTransactionPart): CancellationReason {
    const address = addressOf(part);
    const busy = address && this.conflictAt(address);
    if (busy !== undefined) return busy;
    const found = this.#parts.judge(part);
    if (found === undefined) return { kind: 'none' };
    if (found !== 'refused') return { kind: 'failed', failure: found };
    return { kind: 'refused', item: address && this.#parts.itemAt(address) };
  }
}

function conflict(message: string): Failed {
  return { kind: 'failed', failure: { reason: 'conflict', retryable: true, message } };
}

const LACKING: Failed = {
  kind: 'failed',
  failure: { reason: 'unsupported', retryable: false, message: 'no native transactions' },
};
