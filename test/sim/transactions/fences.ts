import type { StrictFence, Transaction } from '../../../lib/transaction/index.ts';
import type { TransactionWorkload } from './storm.ts';
import { HOME, type TransactionClient } from './world.ts';

const LEASE_MS = 2_000;
const PAGES = 3;
const SEQUENCE = { pk: `${HOME.namespace}#sequence#invoices`, sk: 'sequence' } as const;

/**
 * Thieves: all want one lock, and write under it with pauses longer than its lease. The ledger
 * that they share remembers the latest grant, so whoever comes too late shows. Beside them invoices
 * are written, and given up, whose numbers must have no gaps.
 */
export class FencesWorkload implements TransactionWorkload {
  readonly tables = { ledgers: ['id'], invoices: ['id'] } as const;

  async setUp({ transactions }: TransactionClient): Promise<void> {
    await transactions.transact((tx) => tx.put('ledgers', { id: 'it', token: 0, late: 0 }));
  }

  async step(client: TransactionClient): Promise<boolean> {
    const { holdfast, random } = client;
    if (random.chance(0.3)) return this.#invoice(client);
    const tried = await holdfast.lock('ledger').tryAcquire({ leaseMs: LEASE_MS });
    if (!tried.acquired) return this.#invoice(client);
    const { hold } = tried;
    const fence = { hold, strict: random.chance(0.6) };
    try {
      for (let page = 0; page < PAGES; page += 1) await this.#enter(client, fence, hold.token);
      return true;
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'fence-lost') throw error;
      return false;
    } finally {
      await hold.release();
    }
  }

  async judge({ transactions }: TransactionClient): Promise<readonly string[]> {
    const problems: string[] = [];
    const [ledger, row] = await transactions.read([
      ['ledgers', { id: 'it' }],
      [HOME.table, SEQUENCE],
    ]);
    if (ledger?.late !== 0) problems.push(`grant ${ledger?.late} was used after the next one`);
    const next = Number(row?.next ?? 1);
    for (let number = 1; number <= next; number += 1) {
      const [invoice] = await transactions.read([['invoices', { id: `${number}` }]]);
      const isThere = invoice !== undefined;
      if (isThere !== number < next) problems.push(`invoice ${number} of ${next - 1}: ${isThere}`);
    }
    return problems;
  }

  /** Takes a number and uses it, or neither. */
  async #invoice({ sequence, transactions, random }: TransactionClient): Promise<boolean> {
    const refusal = random.chance(0.2) ? new Error('no invoice after all') : undefined;
    try {
      await transactions.transact(async (tx) => {
        const number = await sequence('invoices').gapless(tx);
        if (refusal !== undefined) throw refusal;
        await tx.insert('invoices', { id: `${number}` });
      });
      return true;
    } catch (error) {
      if (error !== refusal) throw error;
      return false;
    }
  }

  async #enter({ transactions }: TransactionClient, fence: StrictFence, token: number) {
    const write = async (tx: Transaction) => {
      const ledger = await tx.get('ledgers', { id: 'it' });
      // Who reads of a later grant has lost its own, and must not commit even that.
      const isLate = Number(ledger?.token) > token;
      tx.update('ledgers', { id: 'it' }, { set: isLate ? { late: token } : { token } });
      tx.put('ledgers', { id: `page ${token}`, token });
    };
    await transactions.transact(write, { fence });
  }
}
