import { absent, equals } from '../../lib/store/item-store.ts';
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
  await byHand(shop, title, reads, writes, -1);
  const ratios: number[] = [];
  const spent: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // In turn, so that neither always comes first.
    if (round % 2 === 0) await byHand(shop, title, reads, writes, round);
    let startMs = 0;
    await shop.transactions.transact(async (tx) => {
      await tx.getAll(keys);
      for (const id of ids.slice(reads)) tx.update(ITEMS, { id }, { set: { value: round } });
      shop.requests.length = 0;
      startMs = nowMs();
    });
    const tookMs = nowMs() - startMs;
    spent.push(sum(shop.requests.map(({ capacityUnits = 0 }) => capacityUnits)));
    ratios.push(tookMs / (await byHand(shop, title, reads, writes, round)));
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

/** The same request without a library, on items of its own. Returns how long it took. */
async function byHand(
  { store }: Shop,
  title: string,
  reads: number,
  writes: number,
  round: number,
): Promise<number> {
  const parts = Array.from({ length: reads + writes }, (_, index): ItemTransactionPart => {
    const at = { table: ITEMS, key: { id: { S: `by hand ${title} ${index}` } } };
    const isRead = index < reads;
    if (round < 0) return { kind: 'put', ...at, item: { ...at.key, value: { N: '-1' } } };
    if (isRead) return { kind: 'check', ...at, condition: [absent('lock')] };
    const set = { value: { N: `${round}` } };
    return { kind: 'update', ...at, set, condition: [absent('lock'), equals(['id'], at.key.id)] };
  });
  const startMs = nowMs();
  const token = crypto.randomUUID();
  const result = await store.transactWrite({ parts, token });
  const tookMs = nowMs() - startMs;
  if (result.kind !== 'applied') throw new Error(`the request by hand was ${result.kind}`);
  return tookMs;
}
