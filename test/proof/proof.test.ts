import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyTally } from '../sim/tally.ts';
import type { SimulateJob } from './jobs.ts';
import { type Entry, Journal, jobsLeft, withoutFailures } from './journal.ts';
import { nextJob, partOfJob, planProof } from './plan.ts';
import { addResult, type PartReport, totalsOf } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'proof-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [one, other] = planProof(1).filter((job) => job.kind === 'simulate') as [
  SimulateJob,
  SimulateJob,
];

function entryOf(job: SimulateJob, failures: readonly string[] = [], commit = 'aaaaaaa'): Entry {
  const tally = { ...emptyTally(), seeds: 25, operations: 70_000, stormyOperations: 50_000 };
  const result = { kind: 'simulate', job, tally, repeated: 2, failures } as const;
  return { result, cpuSeconds: 60, peakMegabytes: 100, commit, date: '2026-11-22' };
}

describe('the long proof', () => {
  it('is planned for ten thousand seeds', () => {
    const seeds = planProof(1).flatMap((job) =>
      job.kind === 'simulate' ? [job.toSeed - job.fromSeed + 1] : [],
    );
    expect(seeds.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(10_000);
  });

  it('turns to the primitive that was left behind, and to none that has had enough', () => {
    const worlds = planProof(1).filter((job) => job.kind === 'explore');
    const waiting = worlds.filter(({ primitive }) => primitive === 'lock' || primitive === 'latch');
    const next = (lock: number, latch: number) =>
      nextJob(waiting, 1, (primitive) => (primitive === 'lock' ? lock : latch));
    expect(next(70_000, 60_000)).toMatchObject({ primitive: 'latch', world: 0 });
    expect(next(60_000, 500_000)).toMatchObject({ primitive: 'lock', world: 0 });
    expect(next(500_000, 500_000)).toBeUndefined();
    const withSeeds = [...waiting, one];
    expect(nextJob(withSeeds, 1, () => 0)).toBe(one);
  });

  it('goes on where it was stopped, and does again what failed', () => {
    const journal = new Journal(join(folder, 'journal.jsonl'));
    journal.add(entryOf(one));
    journal.add(entryOf(other, ['a failure']));
    const entries = withoutFailures(new Journal(join(folder, 'journal.jsonl')).entries());
    expect(entries).toEqual([entryOf(one)]);
    expect(jobsLeft([one, other], entries)).toEqual([other]);
    journal.clear();
    expect(journal.entries()).toEqual([]);
  });

  it('says of each part which commits it was run at, and of all what it costs', () => {
    const parts = new Map<string, PartReport>();
    for (const entry of [entryOf(one), entryOf(other, [], 'bbbbbbb')]) {
      addResult(parts, partOfJob(entry.result.job), entry);
    }
    const [part] = parts.values();
    expect(part?.commits).toEqual(['aaaaaaa', 'bbbbbbb']);
    const totals = totalsOf({ parts: Object.fromEntries(parts) });
    expect(totals).toMatchObject({ seeds: 50, operations: 140_000, minutesOnTwoCores: 1 });
    expect(totals.operationsUnderFaults).toBe(100_000);
    expect(totals.faultsNotHit).not.toEqual([]);
  });
});
