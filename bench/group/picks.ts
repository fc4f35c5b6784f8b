import { Balancer, type Strategy } from '../../lib/group/balancer.ts';
import { Holdfast } from '../../lib/index.ts';
import { runtimeOf } from '../../lib/runtime.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import { atLeast, type Figure, type Section } from '../common/report.ts';

const MEMBERS = 100;
const STRATEGIES: readonly Strategy[] = ['two-choices', 'round-robin', 'random', 'weighted'];

/** How fast one process picks members. */
export const picks: Section = {
  name: 'picks',
  async run(scale) {
    const [rounds, count] = scale === 'quick' ? [2, 50_000] : [7, 500_000];
    await using holdfast = new Holdfast({ store: new MemoryStore() });
    const members = Array.from({ length: MEMBERS }, (_, index) => ({
      ...{ id: `m${index}`, incarnation: `i${index}`, generation: 1, version: 1 },
      ...{
        state: 'active' as const,
        address: `10.0.0.${index}:80`,
        zone: 'a',
        weight: 1,
        meta: {},
      },
    }));
    const current = { revision: 1, asOf: 1, stale: false, members };
    const open = (strategy?: Strategy) =>
      new Balancer({ name: 'it', current }, runtimeOf(holdfast), { strategy });
    const figures = STRATEGIES.map((strategy) => {
      const balancer = open(strategy);
      return rateOf(`pick() and done(), ${strategy}`, rounds, count, () => balancer.pick().done());
    });
    const keys = Array.from({ length: 1_000 }, (_, index) => `key/${index}`);
    const balancer = open();
    let next = 0;
    figures.push(
      rateOf('owner() of a thousand keys', rounds, count, () => {
        next = (next + 1) % keys.length;
        balancer.owner(keys[next] ?? '');
      }),
    );
    return {
      title: `Picks among ${MEMBERS} members on one core`,
      method: `Median of ${rounds} x ${count}.`,
      figures,
    };
  },
};

function rateOf(name: string, rounds: number, count: number, work: () => void): Figure {
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    for (let index = 0; index < count; index += 1) work();
    rates.push((count / (performance.now() - startedMs)) * 1_000);
  }
  rates.sort((a, b) => a - b);
  const value = Math.round(rates[Math.floor(rates.length / 2)] ?? 0);
  const spread = `${Math.round(rates[0] ?? 0)} to ${Math.round(rates.at(-1) ?? 0)}`;
  return { name, value, unit: 'a second', spread, target: atLeast(value, 1_000_000) };
}
