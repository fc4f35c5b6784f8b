import { LeaseKeeper, type RenewalResult } from '../lease/keeper.ts';
import type { Lease } from '../lease/lease.ts';
import type { Terms } from '../lease/terms.ts';
import type { Runtime } from '../runtime.ts';
import type { StoreFailure } from '../store/store.ts';
import type { AppliedItem, ItemAnswer, ItemClient } from './item-client.ts';
import type { ItemRow } from './item-row.ts';
import { type ItemHolding, renewItem } from './item-writes.ts';

export interface ItemGrant {
  readonly name: string;
  readonly id: string;
  readonly terms: Terms;
  readonly answer: AppliedItem;
}

/** Why a request for an item waits that is not refused for good. */
export const AT_WORK: StoreFailure = {
  reason: 'conflict',
  retryable: true,
  message: 'a transaction is at work on the item',
};

/** An item that this process holds, kept alive in the background or by a session. */
export class ItemLease implements ItemHolding {
  readonly name: string;
  readonly id: string;
  readonly token: number;
  readonly client: ItemClient;
  readonly keeper: LeaseKeeper;
  /** The item as the write that took it found it. */
  readonly row: ItemRow;
  readonly #runtime: Runtime;
  readonly #terms: Terms;

  constructor(runtime: Runtime, client: ItemClient, grant: ItemGrant) {
    const { name, id, terms, answer } = grant;
    const { token, owner } = answer.row.ownership;
    const { leaseMs, session } = terms;
    this.name = name;
    this.id = id;
    this.token = token;
    this.client = client;
    this.row = answer.row;
    this.#runtime = runtime;
    this.#terms = terms;
    this.keeper = new LeaseKeeper(runtime, {
      name,
      token,
      leaseMs,
      number: owner?.renewals ?? 1,
      write: { ...answer, leaseMs, expiresAt: owner?.expiresAt },
      session: session?.keeper,
      renew: async (number) => this.#resultOf(await this.#beat(number)),
    });
  }

  get session(): Lease | undefined {
    return this.#terms.session;
  }

  #beat(number: number): Promise<ItemAnswer> {
    const { client, id, token } = this;
    const { leaseMs, session } = this.#terms;
    const { label } = this.#runtime;
    const since = this.row.ownership.owner?.ownedSince;
    const lasting = { leaseMs, time: client.time(), session: session?.id, since };
    const terms = { id, token, label, ...lasting };
    return client.write(renewItem(client.place, terms, number, this.keeper.expiresAtMin));
  }

  #resultOf(answer: ItemAnswer): RenewalResult {
    const { leaseMs } = this.#terms;
    if (answer.kind === 'applied') {
      const { expiresAt } = answer.row.ownership.owner ?? {};
      return { kind: 'renewed', write: { ...answer, leaseMs, expiresAt } };
    }
    if ('failure' in answer) return { kind: 'unanswered', failure: answer.failure };
    const { ownership, inTransaction } = answer.row;
    const { owner } = ownership;
    // A transaction at work on the item delays a renewal, and takes nothing away.
    if (inTransaction && owner?.id === this.id) {
      return { kind: 'unanswered', failure: AT_WORK };
    }
    return owner?.id === this.id ? { kind: 'overtaken' } : { kind: 'gone', ...lossOf(answer.row) };
  }
}

/** What a row that is no longer ours says to its holder. */
export function lossOf({ ownership: { owner, token } }: ItemRow) {
  if (owner === undefined) {
    const detail = 'it has no holder any more; another program has removed it';
    return { reason: 'removed', detail } as const;
  }
  const detail = `${owner.label} was granted it with token ${token}`;
  return { reason: 'taken', detail, takenBy: owner.label } as const;
}
