import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { PlainItem, TransactionMode } from '../../../lib/transaction/index.ts';
import type { TransactionWorkload } from './storm.ts';
import type { TransactionClient } from './world.ts';

const ACCOUNTS = ['a', 'b', 'c', 'd'] as const;
const TOTAL = 400;
const DOCTORS = ['x', 'y'] as const;
const ROOM_MAX = 3;

/**
 * Items that keep a promise to each other, which only transactions can keep: money is moved and
 * never made, of two that may not both be there one is absent, a room holds so many, a name is
 * given once, and what has an idempotency key happens once.
 */
export class PromisesWorkload implements TransactionWorkload {
  readonly tables = { items: ['id'], guests: ['room', 'guest'] } as const;
  readonly #problems: string[] = [];
  readonly #wonNames = new Map<string, string[]>();
  readonly #counted = new Set<string>();
  readonly #random: SeededRandom;
  readonly #mode: TransactionMode;
  #guests = 0;

  constructor(random: SeededRandom, mode: TransactionMode) {
    this.#random = random;
    this.#mode = mode;
  }

  async setUp({ transactions }: TransactionClient): Promise<void> {
    await transactions.transact((tx) => {
      for (const id of ACCOUNTS) tx.put('items', { id, balance: TOTAL / ACCOUNTS.length });
      tx.put('items', { id: 'counter', count: 0 });
    });
  }

  async step(client: TransactionClient): Promise<boolean> {
    const steps = [
      () => this.#transfer(client),
      () => this.#transfer(client),
      () => this.#audit(client),
      () => this.#changeDuty(client),
      () => this.#changeDuty(client),
      () => this.#claimName(client),
      () => this.#count(client),
      // There are no queries in the other mode.
      ...(this.#mode === 'portable' ? [() => this.#comeOrGo(client)] : []),
    ];
    return (await client.random.pick<() => Promise<unknown>>(steps)()) !== false;
  }

  async judge(client: TransactionClient): Promise<readonly string[]> {
    await this.#audit(client);
    for (const [name, winners] of this.#wonNames) {
      if (winners.length > 1) this.#problems.push(`${name} was given to ${winners.join(' and ')}`);
    }
    const [counter] = await client.transactions.read([['items', { id: 'counter' }]]);
    const marked = client.transactions;
    let happened = 0;
    for (const idempotencyKey of this.#counted) {
      const { isReplay } = await marked.transact(() => 0, { idempotencyKey });
      if (isReplay) happened += 1;
    }
    if (counter?.count !== happened) {
      this.#problems.push(`${happened} keys were counted ${counter?.count} times`);
    }
    return this.#problems;
  }

  async #transfer({ transactions, random }: TransactionClient): Promise<void> {
    const from = random.pick(ACCOUNTS);
    const to = random.pick(ACCOUNTS.filter((id) => id !== from));
    const amount = random.integer(1, 40);
    await transactions.transact(async (tx) => {
      const [source, target] = await tx.getAll([
        ['items', { id: from }],
        ['items', { id: to }],
      ]);
      const left = Number(source?.balance) - amount;
      if (left < 0) return;
      tx.update('items', { id: from }, { set: { balance: left } });
      tx.put('items', { id: to, balance: Number(target?.balance) + amount });
    });
  }

  async #audit({ transactions, random }: TransactionClient): Promise<void> {
    const ids = [...ACCOUNTS, ...DOCTORS];
    const order = random.chance(0.5) ? ids : ids.toReversed();
    const items = await transactions.read(order.map((id) => ['items', { id }] as const));
    const byId = new Map(order.map((id, index) => [id as string, items[index]]));
    const sum = ACCOUNTS.reduce((all, id) => all + balanceOf(byId.get(id)), 0);
    if (sum !== TOTAL) this.#problems.push(`the accounts hold ${sum}, not ${TOTAL}`);
    if (DOCTORS.every((id) => byId.get(id) !== undefined)) this.#problems.push('both are there');
  }

  /** Each comes only where the other is absent: write skew, on keys without items. */
  async #changeDuty({ transactions, random }: TransactionClient): Promise<void> {
    const [mine, other] = random.chance(0.5) ? DOCTORS : DOCTORS.toReversed();
    await transactions.transact(async (tx) => {
      const [present, rival] = await tx.getAll([
        ['items', { id: String(mine) }],
        ['items', { id: String(other) }],
      ]);
      if (present !== undefined) tx.delete('items', { id: String(mine) });
      else if (rival === undefined) tx.put('items', { id: String(mine) });
    });
  }

  async #claimName(client: TransactionClient): Promise<boolean> {
    const name = `name-${Math.floor(this.#guests / 3)}`;
    this.#guests += 1;
    try {
      await client.transactions.transact((tx) =>
        tx.insert('items', { id: name, owner: client.name }),
      );
      this.#wonNames.set(name, [...(this.#wonNames.get(name) ?? []), client.name]);
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'check-failed') throw error;
      return false;
    }
    return true;
  }

  /** A room of so many places: who enters has counted, and nobody may come in between. */
  async #comeOrGo({ transactions, random }: TransactionClient): Promise<void> {
    this.#guests += 1;
    const guest = `guest-${this.#guests}`;
    const isGoing = random.chance(0.4);
    const { value: count } = await transactions.transact(async (tx) => {
      const present = await tx.query('guests', { partition: 'room' });
      const [first] = present;
      if (isGoing && first !== undefined) {
        tx.delete('guests', { room: 'room', guest: String(first.guest) });
      } else if (present.length < ROOM_MAX) {
        tx.put('guests', { room: 'room', guest });
      }
      return present.length;
    });
    if (count > ROOM_MAX) this.#problems.push(`${count} are in the room`);
  }

  async #count({ transactions, random }: TransactionClient): Promise<void> {
    // A few keys, so that several processes meet at one.
    const idempotencyKey = `key-${random.integer(0, 8)}`;
    this.#counted.add(idempotencyKey);
    await transactions.transact(
      async (tx) => {
        const counter = await tx.get('items', { id: 'counter' });
        tx.update('items', { id: 'counter' }, { set: { count: Number(counter?.count) + 1 } });
        return this.#random.fraction();
      },
      { idempotencyKey },
    );
  }
}

function balanceOf(item: PlainItem | undefined): number {
  return Number(item?.balance);
}
