import { WIRE_ENGINES, type WireEngine, withEngine } from '../common/engines.ts';
import { atLeast, exactly, type Figure, type Section } from '../common/report.ts';
import { median, middleHalf, quantile, sum } from '../common/statistics.ts';
import { addToEach, createItems, ITEMS, openShop, type Shop } from './shop.ts';

const nowMs = () => performance.now();
const [ENGINE] = WIRE_ENGINES as readonly [WireEngine];
const HOT = Array.from({ length: 10 }, (_, index) => `hot-${index}`);

/** What a transaction without rivals costs, in units and in single writes. */
export const cost: Section = {
  name: 'cost',
  run: (scale) =>
    withEngine(ENGINE, async (engine) => {
      await createItems(engine);
      await using shop = openShop(engine);
      const rounds = scale === 'quick' ? 10 : 200;
      const figures: Figure[] = [];
      for (const [items, units] of [
        [1, 1],
        [2, 7],
        [4, 11],
      ] as const) {
        figures.push(...(await costOf(shop, items, units, rounds)));
      }
      return {
        title: 'A transaction without rivals',
        method: `${rounds} pairs on ${ENGINE.name}: items read and written, and one bare put.`,
        figures,
      };
    }),
};

async function costOf(shop: Shop, items: number, units: number, rounds: number): Promise<Figure[]> {
  const ids = Array.from({ length: items }, (_, index) => `cost-${items}-${index}`);
  await addToEach(shop, ids);
  await shop.transactions.settled();
  const ratios: number[] = [];
  const spent: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    shop.requests.length = 0;
    const startMs = nowMs();
    await addToEach(shop, ids);
    const tookMs = nowMs() - startMs;
    await shop.transactions.settled();
    const writes = shop.requests.filter(({ operation }) => operation !== 'get');
    spent.push(sum(writes.map(({ capacityUnits = 0 }) => capacityUnits)));
    const bareMs = nowMs();
    const key = { id: { S: 'bare' } };
    await shop.store.write({ kind: 'put', table: ITEMS, key, item: key });
    ratios.push(tookMs / (nowMs() - bareMs));
  }
  const value = median(spent);
  return [
    { name: `${items} items`, value, unit: 'write units', target: exactly(value, units) },
    {
      name: `${items} items, reading included`,
      value: median(ratios),
      unit: 'bare puts',
      spread: middleHalf(ratios, 1),
    },
  ];
}

/** Whether those who want the same items get anywhere. */
export const contention: Section = {
  name: 'contention',
  run: (scale) =>
    withEngine(ENGINE, async (engine) => {
      await createItems(engine);
      const shops = Array.from({ length: 8 }, () => openShop(engine));
      const durationMs = scale === 'quick' ? 1_500 : 20_000;
      const { attempts, tookMs } = await compete(shops, durationMs);
      const [first] = shops;
      const items = await first?.transactions.read(HOT.map((id) => [ITEMS, { id }] as const));
      const counted = sum((items ?? []).map((item) => Number(item?.value)));
      for (const shop of shops) await shop[Symbol.asyncDispose]();
      const perSecond = (attempts.length / durationMs) * 1_000;
      const lost = 2 * attempts.length - counted;
      return {
        title: '8 clients and 10 hot items',
        method: `Two items at a time for ${durationMs / 1_000} s on ${ENGINE.name}, one process.`,
        figures: [
          { name: 'committed', value: perSecond, unit: '/s', target: atLeast(perSecond, 1) },
          { name: 'repetitions', value: sum(attempts) / attempts.length - 1, unit: 'a commit' },
          { name: 'time, median', value: median(tookMs), unit: 'ms' },
          { name: 'time, 99 %', value: quantile(tookMs, 0.99), unit: 'ms' },
          { name: 'updates lost or made', value: lost, unit: 'updates', target: exactly(lost, 0) },
        ],
      };
    }),
};

async function compete(shops: readonly Shop[], durationMs: number) {
  const [first] = shops;
  if (first === undefined) throw new Error('there are clients');
  await first.transactions.transact((tx) => {
    for (const id of HOT) tx.put(ITEMS, { id, value: 0 });
  });
  const endMs = nowMs() + durationMs;
  const attempts: number[] = [];
  const tookMs: number[] = [];
  const work = shops.map(async (shop) => {
    while (nowMs() < endMs) {
      const at = Math.floor(Math.random() * HOT.length);
      const next = at + 1 + Math.floor(Math.random() * (HOT.length - 1));
      const startMs = nowMs();
      const pair = [HOT[at] ?? '', HOT[next % HOT.length] ?? ''];
      attempts.push(await addToEach(shop, pair));
      tookMs.push(nowMs() - startMs);
    }
  });
  await Promise.all(work);
  return { attempts, tookMs };
}
