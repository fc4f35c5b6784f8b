import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import { PreciseTimer } from '../common/precise-timer.ts';
import { atMost, type Section } from '../common/report.ts';
import { mean, median, range } from '../common/statistics.ts';
import { type Contestant, closeAll, contestants, LOCK, warmUp } from './contestants.ts';

const WAITERS = 10;
const WORK_MS = 5;
const SERVED_WITHIN_MS = 250;

interface Burst {
  readonly servedMs: number;
  readonly readsPerWaiter: number;
}

/** The longest that a whole line takes once a long hold has ended. */
export const burst: Section = {
  name: 'burst',
  async run(scale) {
    const figures = [];
    for (const holdMs of scale === 'quick' ? [1_000] : [1_000, 2_000, 3_000]) {
      const runs: Burst[] = [];
      for (let run = 0; run < (scale === 'quick' ? 1 : 5); run += 1) runs.push(await once(holdMs));
      const servedMs = runs.map((run) => run.servedMs);
      const value = median(servedMs);
      const spread = range(servedMs, 0);
      const target = atMost(Math.round(value), SERVED_WITHIN_MS);
      figures.push(
        { name: `all served, after ${holdMs / 1_000} s`, value, unit: 'ms', spread, target },
        { name: 'reads a waiter', value: mean(runs.map((run) => run.readsPerWaiter)), unit: '' },
      );
    }
    return {
      title: `Burst: ${WAITERS} waiters behind one long hold, ${WORK_MS} ms holds, 4.5 ms away`,
      method:
        'from the call of the one release to the end of the last hold, instances of their own, ' +
        'real clock, median of the runs',
      figures,
    };
  },
};

async function once(holdMs: number): Promise<Burst> {
  const table = new MemoryStore();
  const timer = new PreciseTimer();
  const all = contestants({ size: WAITERS + 1, openStore: () => table, timer });
  await warmUp(all);
  const [holder, ...waiters] = all;
  if (holder === undefined) throw new Error('expected a holder');
  const hold = await holder.holdfast.lock(LOCK).acquire();
  const served = waiters.map((waiter) => serve(waiter, timer));
  // On Node's own timer: the precise one would keep a core busy during the whole hold.
  await sleep(holdMs * (0.95 + 0.1 * Math.random()));
  const startMs = performance.now();
  await hold.release();
  const endsMs = await Promise.all(served);
  const reads = waiters.map(({ store }) => store.reads);
  await closeAll(all);
  return { servedMs: Math.max(...endsMs) - startMs, readsPerWaiter: mean(reads) };
}

/** Waits, works and gives the lock on. Returns when the work ended. */
async function serve({ holdfast }: Contestant, timer: PreciseTimer): Promise<number> {
  const hold = await holdfast.lock(LOCK).acquire();
  await timer.wait(WORK_MS);
  const endMs = performance.now();
  await hold.release();
  return endMs;
}
