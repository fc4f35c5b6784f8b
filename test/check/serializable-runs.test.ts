import { describe, expect, it } from 'vitest';
import { read } from './list-append.ts';
import { type ListAppendRun, runListAppend } from './list-append-run.ts';
import { seeded } from './seeded.ts';
import { checkSerializable, type SerializabilityOptions } from './serializable.ts';
import { demand } from './verdict.ts';

describe('generated transactions', () => {
  const SEEDS = 100;
  const RUN = { clients: 5, transactions: 120, isolation: 'serializable', rereads: true } as const;

  function verdicts(run: Partial<ListAppendRun>, options?: SerializabilityOptions) {
    return Array.from({ length: SEEDS }, (_, seed) =>
      checkSerializable(runListAppend({ ...RUN, ...run, random: seeded(seed) }), options),
    );
  }

  /** How many histories each anomaly was found in. */
  function anomalies(run: Partial<ListAppendRun>) {
    const counts: Record<string, number> = {};
    for (const verdict of verdicts(run)) {
      const name = verdict.ok ? 'none' : verdict.anomaly;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  it('pass over a serializable database, and strictly so', () => {
    for (const verdict of verdicts({}, { realTime: 'all' })) demand(verdict, 90);
  });

  it('show nothing but a breach of real time over one with stale reads', () => {
    const run = { isolation: 'stale-reads' } as const;
    for (const verdict of verdicts(run, { realTime: 'none' })) demand(verdict, 90);
    expect(anomalies(run)).toEqual({ 'G-single-real-time': SEEDS });
  });

  it('show nothing but write skew over one with snapshots', () => {
    const { none = 0, G2 = 0 } = anomalies({ isolation: 'snapshot' });
    expect(none + G2).toBe(SEEDS);
    expect(G2).toBeGreaterThan(0.8 * SEEDS);
  });

  it('show lost updates and read skew over one that reads what is committed', () => {
    expect(anomalies({ isolation: 'read-committed', rereads: false })).toEqual({
      'G-single': SEEDS,
    });
  });

  it('show aborted and intermediate reads over one that shows appends at once', () => {
    const run = { isolation: 'dirty', rereads: false } as const;
    const { G1a = 0, ...others } = anomalies({ ...run, abortRate: 0.05 });
    expect(G1a).toBeGreaterThan(0.9 * SEEDS);
    expect(others).not.toHaveProperty('none');
    const { G1b = 0, G0 = 0 } = anomalies({ ...run, abortRate: 0 });
    expect(G1b).toBeGreaterThan(0.9 * SEEDS);
    expect(G1b + G0).toBe(SEEDS);
  });

  it('show transactions torn inside where they read again without isolation', () => {
    expect(anomalies({ isolation: 'read-committed' })).toEqual({ internal: SEEDS });
  });

  it('fail once one value vanishes from the first half of the longest read', () => {
    let caught = 0;
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const random = seeded(seed);
      const history = runListAppend({ ...RUN, random });
      const reads = history.flatMap((whole, index) =>
        whole.outcome !== 'committed' || whole.operations.length !== 1
          ? []
          : whole.operations.flatMap((only) => (only.kind === 'read' ? [{ index, only }] : [])),
      );
      const longest = reads.toSorted((a, b) => b.only.values.length - a.only.values.length)[0];
      const whole = history[longest?.index ?? 0];
      if (longest === undefined || whole === undefined) continue;
      const { key, values } = longest.only;
      const short = read(key, ...values.toSpliced(random.below(values.length / 2), 1));
      const corrupt = history.with(longest.index, { ...whole, operations: [short] });
      expect(checkSerializable(corrupt).ok, `seed ${seed}`).toBe(false);
      caught += 1;
    }
    expect(caught).toBeGreaterThan(0.9 * SEEDS);
  });
});
