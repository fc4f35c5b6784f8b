import { expect, test } from 'vitest';
import type { BridgeRecord } from '../../../../lib/local/index.ts';
import { SeededRandom } from '../../../../lib/testing/index.ts';
import { items, Scene, seenOf, withReads } from './scene.ts';

const SEEDS = Array.from({ length: 25 }, (_, index) => index + 1);
const NAMES = items(12);
const FAILURES_MAX = 60;

interface Faulty {
  readonly scene: Scene;
  readonly chance: () => number;
  /** What has failed so far, by kind. */
  readonly failed: Map<string, number>;
}

function note({ failed }: Faulty, kind: string): void {
  failed.set(kind, (failed.get(kind) ?? 0) + 1);
}

/** Fails before or after its effect, in part, or answers nonsense, so many times. */
function invoke(faulty: Faulty, records: readonly BridgeRecord[]): unknown {
  const { scene, chance, failed } = faulty;
  const luck = chance();
  const failures = [...failed.values()].reduce((sum, count) => sum + count, 0);
  const isWell = failures >= FAILURES_MAX || luck > 0.5;
  if (!isWell && luck < 0.1) {
    note(faulty, 'before');
    throw new Error('killed before its effect');
  }
  scene.seen.push(...records.map(seenOf));
  if (isWell) return { batchItemFailures: [] };
  if (luck < 0.25) {
    note(faulty, 'after');
    throw new Error('killed after its effect');
  }
  const record = records[Math.floor(chance() * records.length)];
  note(faulty, luck < 0.3 ? 'nonsense' : 'in part');
  const itemIdentifier = luck < 0.3 ? 'nonsense' : record?.dynamodb.SequenceNumber;
  return { batchItemFailures: [{ itemIdentifier }] };
}

/** A stream that is throttled, whose iterators expire, and that delivers some records twice. */
function source(faulty: Faulty) {
  const { scene, chance } = faulty;
  return withReads(scene.feed, (read) => {
    const luck = chance();
    if (luck < 0.05) throw new Error('throttled');
    if (luck < 0.1) return { kind: 'expired' };
    if (luck > 0.2 || read.kind !== 'records') return read;
    note(faulty, 'twice');
    return {
      ...read,
      records: read.records.flatMap((each) => (luck < 0.15 ? each : [each, each])),
    };
  });
}

async function follow(seed: number): Promise<Faulty> {
  const random = new SeededRandom(seed);
  const chance = () => random.fraction();
  const scene = new Scene();
  const faulty = { scene, chance, failed: new Map<string, number>() };
  const options = {
    source: source(faulty),
    invoke: async ({ Records }: { readonly Records: readonly BridgeRecord[] }) =>
      invoke(faulty, Records),
    mapping: {
      ...{ reportsItemFailures: true, bisectsOnError: chance() < 0.5 },
      batchSize: 1 + Math.floor(chance() * 20),
      parallelizationFactor: 1 + Math.floor(chance() * 4),
    },
  };
  // Three bridges after one another go on from the same checkpoints, while shards are rolled.
  for (const round of [1, 2, 3]) {
    const bridge = scene.bridge(options);
    for (let write = 0; write < 60; write += 1) {
      scene.write(NAMES[Math.floor(chance() * NAMES.length)] ?? 'item-0');
      if (chance() < 0.05) scene.feed.roll();
      if (chance() < 0.2) await scene.clock.advance(chance() * 400);
    }
    if (round === 3) await scene.clock.run(bridge.settled());
    await scene.clock.run(bridge.stop());
    expect(bridge.counts).toMatchObject({ discarded: 0, gaps: 0 });
  }
  return faulty;
}

test.each(SEEDS)('whatever fails, each item ends at its last change: seed %i', async (seed) => {
  const { scene } = await follow(seed);
  for (const name of NAMES) {
    const versions = scene.versionsOf(name);
    const last = scene.lastOf(name);
    expect(versions.at(-1)).toBe(last === 0 ? undefined : last);
    // None is left out: the first sights of an item's versions are 1, 2, 3 and so on.
    const firsts = [...new Set(versions)];
    expect(firsts).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  }
});

test('the seeds have each kind of failure in them', async () => {
  const kinds = new Set<string>();
  for (const seed of SEEDS.slice(0, 5)) {
    for (const kind of (await follow(seed)).failed.keys()) kinds.add(kind);
  }
  expect([...kinds].sort()).toEqual(['after', 'before', 'in part', 'nonsense', 'twice']);
});
