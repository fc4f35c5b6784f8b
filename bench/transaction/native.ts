import { absent, equals, exists } from '../../lib/store/item-store.ts';
import type { ItemTransactionPart } from '../../lib/store/item-transaction.ts';
import { WIRE_ENGINES, type WireEngine, withEngine } from '../common/engines.ts';
import { atMost, exactly, type Figure, type Section } from '../common/report.ts';
import { median, middleHalf, sum } from '../common/statistics.ts';
import { createItems, ITEMS, openShop, type Shop } from './shop.ts';

const nowMs = () => performance.now();
const [ENGINE] = WIRE_ENGINES as readonly [WireEngine];

/** What a transaction by one native request takes beside that request sent by hand. */
export const native: Section = {
  name: 'native',
  run: (scale) =>
    withEngine(ENGINE, async (engine) => {
      await createItems(engine);
      await using shop = openShop(engine, 'mixed');
      const rounds = scale === 'quick' ? 10 : 400;
      const figures: Figure[] = [];
      for (const [reads, writes] of [
        [0, 2],
        [2, 2],
        [5, 5],
      ] as const) {
        figures.push(...(await compare(shop, reads, writes, rounds)));
      }
      return {
        title: 'A transaction by one native request',
        method:
          `${rounds} pairs on ${ENGINE.name}: from the end of the function until all is ` +
          'committed, and the same request sent by hand.',
        figures,
      };
    }),
};

async function compare(shop: Shop, reads: number, writes: number, rounds: number) {
  const title = `${reads} read, ${writes} written`;
  const ids = Array.from({ length: reads + writes }, (_, index) => `${title} ${index}`);
  const keys = ids.map((id) => [ITEMS, { id }] as const);
  await shop.transactions.transact((tx) => {
    for (const id of ids) tx.put(ITEMS, { id, value: 0 });
  });
  const byHand = new ByHand(shop, title, reads, writes);
  await byHand.send();
  const ratios: number[] = [];
  const spent: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // In turn, so that neither always comes first.
    if (round % 2 === 0) await byHand.send();
    let startMs = 0;
    await shop.transactions.transact(async (tx) => {
      await tx.getAll(keys);
      for (const id of ids.slice(reads)) tx.update(ITEMS, { id }, { set: { value: round } });
      shop.requests.length = 0;
      startMs = nowMs();
    });
    const tookMs = nowMs() - startMs;
    spent.push(sum(shop.requests.map(({ capacityUnits = 0 }) => capacityUnits)));
    ratios.push(tookMs / (await byHand.send()));
  }
  const value = median(spent);
  const ratio = median(ratios);
  return [
    { name: title, value, unit: 'write units', target: exactly(value, 2 * (reads + writes)) },
    {
      name: `${title}: time`,
      value: ratio,
      unit: 'native requests',
      spread: middleHalf(ratios, 2),
      target: atMost(ratio, 1.2),
    },
  ];
}

/** The same request without a library: items of its own, stamped and checked alike. */
class ByHand {
  readonly #shop: Shop;
  readonly #title: string;
  readonly #reads: number;
  readonly #count: number;
  #stamp = 0;

  constructor(shop: Shop, title: string, reads: number, writes: number) {
    this.#shop = shop;
    this.#title = title;
    this.#reads = reads;
    this.#count = reads + writes;
  }

  /** Sends it, and returns how long it took. */
  async send(): Promise<number> {
    const startMs = nowMs();
    const parts = Array.from({ length: this.#count }, (_, index) => this.#part(index));
    this.#stamp += 1;
    const result = await this.#shop.store.transactWrite({ parts, token: crypto.randomUUID() });
    const tookMs = nowMs() - startMs;
    if (result.kind !== 'applied') throw new Error(`the request by hand was ${result.kind}`);
    return tookMs;
  }

  #part(index: number): ItemTransactionPart {
    const at = { table: ITEMS, key: { id: { S: `by hand ${this.#title} ${index}` } } };
    const isRead = index < this.#reads;
    const stampOf = (number: number) => ({ S: `a stamp as long as a version ${number}` });
    const stamp = stampOf(this.#stamp);
    if (this.#stamp === 0) return { kind: 'put', ...at, item: { ...at.key, stamp } };
    const seen = stampOf(isRead ? 0 : this.#stamp - 1);
    const condition = [exists('id'), absent('lock'), equals(['stamp'], seen)];
    if (isRead) return { kind: 'check', ...at, condition };
    const set = { value: { N: `${this.#stamp}` }, stamp, before: seen };
    return { kind: 'update', ...at, set, condition };
  }
}
