import { Holdfast } from '../../lib/index.ts';
import { locks } from '../../lib/recipes/index.ts';
import { DynamoItemStore } from '../../lib/store/dynamo-item-store.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { RowItems } from '../../lib/store/row-items.ts';
import { DelayedStore } from '../common/delayed-store.ts';
import { type RunningWireEngine, TABLE, WIRE_ENGINES, withEngine } from '../common/engines.ts';
import { PreciseTimer } from '../common/precise-timer.ts';
import { atMost, exactly, type Figure, type Section } from '../common/report.ts';
import { median, middleHalf } from '../common/statistics.ts';
import { ROUND_TRIP_MS } from './contestants.ts';

const [ENGINE] = WIRE_ENGINES;
const SIZES = [2, 5, 10];
const nowMs = () => performance.now();

/** Several free locks by one native request, beside the same locks one by one. */
export const several: Section = {
  name: 'several',
  async run(scale) {
    const rounds = scale === 'quick' ? 5 : 100;
    const figures = await withEngine(engineWithTransactions(), (engine) => measure(engine, rounds));
    return {
      title: 'Taking several free locks at once',
      method:
        `${rounds} pairs of each size on ${ENGINE?.name}, ${ROUND_TRIP_MS} ms away: by one ` +
        'native request, and one by one.',
      figures,
    };
  },
};

function engineWithTransactions() {
  if (ENGINE?.name === 'dynoxide') return ENGINE;
  throw new Error('it needs dynoxide: dynalite has no native transactions');
}

async function measure({ client }: RunningWireEngine, rounds: number): Promise<Figure[]> {
  let units = 0;
  const table = new DynamoStore({ table: TABLE, client });
  const dynamo = new DynamoItemStore({
    client,
    onRequest: ({ capacityUnits = 0 }) => {
      units = capacityUnits;
    },
  });
  const timer = new PreciseTimer();
  const wait = (delayMs: number) => timer.wait(delayMs);
  const store = new DelayedStore(table, { roundTripMs: ROUND_TRIP_MS, wait, nowMs });
  const items = Object.assign(new RowItems(store), {
    transactWrite: (...request: Parameters<DynamoItemStore['transactWrite']>) =>
      store.travel(() => dynamo.transactWrite(...request)),
  });
  const holdfast = new Holdfast({ store });
  const figures: Figure[] = [];
  for (const size of SIZES) {
    const names = Array.from({ length: size }, (_, index) => `${size}/${index}`);
    const take = async (prefer: 'latency' | 'cost') => {
      const startMs = nowMs();
      const hold = await locks(holdfast, names, { prefer, items }).acquire();
      const tookMs = nowMs() - startMs;
      await hold.release();
      return tookMs;
    };
    const ratios = await pairs(rounds, take);
    const ratio = median(ratios);
    const title = `${size} locks`;
    figures.push({
      name: title,
      value: units,
      unit: 'write units',
      target: exactly(units, 2 * size),
    });
    figures.push({
      name: `${title}: time`,
      value: ratio,
      unit: 'of one by one',
      spread: middleHalf(ratios, 2),
      target: atMost(ratio, 1),
    });
  }
  await holdfast.close();
  table.close();
  dynamo.close();
  return figures;
}

/** How long the first takes beside the second, each pair in the other order. */
async function pairs(rounds: number, take: (prefer: 'latency' | 'cost') => Promise<number>) {
  await take('latency');
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) {
      const togetherMs = await take('latency');
      ratios.push(togetherMs / (await take('cost')));
    } else {
      const oneByOneMs = await take('cost');
      ratios.push((await take('latency')) / oneByOneMs);
    }
  }
  return ratios;
}
