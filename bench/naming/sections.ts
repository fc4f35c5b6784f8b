import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Holdfast } from '../../lib/index.ts';
import * as naming from '../../lib/naming/index.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import { issueUnderHostileClocks } from '../../test/unit/support/hostile-clocks.ts';
import { TABLE, WIRE_ENGINES, type WireEngine, withEngine } from '../common/engines.ts';
import { atLeast, atMost, exactly, type Section } from '../common/report.ts';
import { duplicatesIn, runCrew, startWorker } from './crew.ts';

const nowMs = () => performance.now();
const [ENGINE] = WIRE_ENGINES as readonly [WireEngine];

/** How fast one process makes ids. */
export const speed: Section = {
  name: 'speed',
  async run(scale) {
    const rounds = scale === 'quick' ? 2 : 7;
    const count = 500_000;
    const store = new MemoryStore();
    await using holdfast = new Holdfast({ store });
    const measure = async (as: 'bigint' | 'number' | 'string', least: number) => {
      const bits = as === 'number' ? { time: 36, slot: 4, sequence: 13 } : undefined;
      const maker = naming.ids<'bigint' | 'number' | 'string'>(holdfast, as, {
        as,
        ...(bits && { bits, epochMs: Date.now() - 3_600_000 }),
        reserveMs: 600_000,
      });
      await maker.ready();
      const rates: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const startedMs = nowMs();
        for (let index = 0; index < count; index += 1) maker.next();
        rates.push((count / (nowMs() - startedMs)) * 1_000);
      }
      rates.sort((a, b) => a - b);
      const value = Math.round(rates[Math.floor(rates.length / 2)] ?? 0);
      const spread = `${Math.round(rates[0] ?? 0)} to ${Math.round(rates.at(-1) ?? 0)}`;
      const target = least > 0 ? { target: atLeast(value, least) } : {};
      return { name: `ids.next() as ${as}`, value, unit: 'ids/s', spread, ...target };
    };
    const figures = [
      await measure('bigint', 2_000_000),
      await measure('number', 2_000_000),
      await measure('string', 0),
    ];
    return { title: 'Ids on one core', method: `Median of ${rounds} x ${count}.`, figures };
  },
};

/** Whether ids of many real processes differ. */
export const uniqueness: Section = {
  name: 'uniqueness',
  async run(scale) {
    const [processes, count] = scale === 'quick' ? [2, 10_000] : [16, 1_000_000];
    return withEngine(ENGINE, async ({ client }) => {
      const work = { kind: 'ids', client, name: 'bench', count } as const;
      const { given, requests } = await runCrew(processes, work, nowMs);
      const duplicates = duplicatesIn(given);
      return {
        title: `Ids of ${processes} processes`,
        method: `${count} each, as fast as they can, on ${ENGINE.name}.`,
        figures: [
          { name: 'ids', value: given.length, unit: 'ids' },
          { name: 'duplicates', value: duplicates, unit: 'ids', target: exactly(duplicates, 0) },
          { name: 'requests in all', value: requests, unit: 'requests' },
        ],
      };
    });
  },
};

/** What a number of a sequence costs, and what is lost with a killed process. */
export const numbers: Section = {
  name: 'sequence',
  async run(scale) {
    const [processes, count] = scale === 'quick' ? [2, 50_000] : [8, 500_000];
    return withEngine(ENGINE, async ({ client }) => {
      const work = { kind: 'numbers', client, name: 'bench', count } as const;
      const { given, requests } = await runCrew(processes, work, nowMs);
      const duplicates = duplicatesIn(given);
      const perRequest = given.length / requests;
      const target = { ...atLeast(perRequest, 1_000), isTimed: false };
      const lost = await lostByKill(client);
      return {
        title: `A sequence of ${processes} processes`,
        method: `${count} numbers each by next(), on ${ENGINE.name}; then one is killed.`,
        figures: [
          {
            name: 'duplicates',
            value: duplicates,
            unit: 'numbers',
            target: exactly(duplicates, 0),
          },
          { name: 'numbers per request', value: perRequest, unit: 'numbers', target },
          {
            name: 'lost with SIGKILL',
            value: lost,
            unit: 'numbers',
            target: { ...atMost(lost, 2 * 100_000 + 1_000), isTimed: false },
          },
        ],
      };
    });
  },
};

/** Numbers between the last that a killed process has told of and the first of its successor. */
async function lostByKill(client: object): Promise<number> {
  const file = join(tmpdir(), 'holdfast-bench-killed');
  const kind = 'numbers-until-killed';
  const child = startWorker({ kind, client, name: 'killed', count: 50_000_000, file });
  let last = 0;
  await new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.stdout.on('data', (chunk: Buffer) => {
      last = Number(chunk.toString().trim().split('\n').at(-1));
      if (last > 100_000) child.kill('SIGKILL');
    });
  });
  const store = new DynamoStore({ table: TABLE, client });
  await using holdfast = new Holdfast({ store });
  return (await naming.sequence(holdfast, 'killed').next()) - last - 1;
}

/** Ids under steps of hours, pauses and stolen slots, on virtual time. */
export const hostileClocks: Section = {
  name: 'hostile-clocks',
  async run(scale) {
    const runs = scale === 'quick' ? 10 : 500;
    let [issued, duplicates] = [0, 0];
    for (let seed = 1; seed <= runs; seed += 1) {
      const run = await issueUnderHostileClocks({ Holdfast, ids: naming.ids }, `hostile-${seed}`);
      issued += run.issued;
      duplicates += run.duplicates;
    }
    return {
      title: 'Ids under hostile clocks',
      method: `${runs} runs of five processes and two slots. The tests show the same with bugs.`,
      figures: [
        { name: 'ids', value: issued, unit: 'ids' },
        { name: 'duplicates', value: duplicates, unit: 'ids', target: exactly(duplicates, 0) },
      ],
    };
  },
};
