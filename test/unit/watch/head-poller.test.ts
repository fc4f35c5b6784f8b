import { describe, expect, test } from 'vitest';
import { Holdfast } from '../../../lib/index.ts';
import { LocalHints } from '../../../lib/local/local-hints.ts';
import { runtimeOf } from '../../../lib/runtime.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import { FaultStore } from '../../../lib/testing/fault-store.ts';
import { RowHistory } from '../../../lib/testing/row-history.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';
import { type HeadPoller, headPoller } from '../../../lib/watch/head-poller.ts';
import { guarantee } from '../../planted/control.ts';
import type { Library } from '../../planted/load.ts';

const KEY = { pk: 'default#thing#it', sk: 'head' };
const POLL_MS = 1_000;

/** One row that somebody changes, and a process that looks at it. */
class Watched {
  readonly clock = new VirtualClock();
  readonly history = new RowHistory();
  readonly hints = new LocalHints();
  readonly table = new MemoryStore({
    clock: this.clock,
    onRequest: ({ capacityUnits = 0 }) => {
      this.requests += 1;
      this.units += capacityUnits;
    },
  });
  readonly writer = new FaultStore(this.table, {
    clock: this.clock,
    history: this.history,
    latency: { fromMs: 1, toMs: 1 },
  });
  readonly network = new FaultStore(this.table, {
    clock: this.clock,
    history: this.history,
    latency: { fromMs: 5, toMs: 5 },
    staleness: { fromMs: 900, toMs: 1_000 },
  });
  readonly holdfast: Holdfast;
  readonly poller: HeadPoller<number>;
  requests = 0;
  units = 0;
  readonly seen: number[] = [];

  constructor(
    hinted = false,
    library: Pick<Library, 'Holdfast' | 'headPoller' | 'runtimeOf'> = {
      Holdfast,
      headPoller,
      runtimeOf,
    },
  ) {
    this.holdfast = new library.Holdfast({
      store: this.network,
      clock: this.clock,
      random: new SeededRandom(1),
      hints: hinted ? this.hints : undefined,
    });
    this.poller = library.headPoller(library.runtimeOf(this.holdfast), {
      kind: 'thing',
      name: 'it',
      key: KEY,
      parse: (item) => Number(item?.revision ?? 0),
      revisionOf: (head) => head,
    });
  }

  async writes(revision: number): Promise<void> {
    const item = { ...KEY, revision };
    await this.clock.run(this.writer.write({ kind: 'put', item }));
    this.count();
  }

  /** Begins to count from nothing. */
  count(): void {
    this.requests = 0;
    this.units = 0;
  }

  follows(pollMs = POLL_MS): () => void {
    return this.poller.follow({ pollMs }, (sight) => {
      if (sight.kind === 'head' && this.seen.at(-1) !== sight.state.revision) {
        this.seen.push(sight.state.revision);
      }
    });
  }
}

describe('a head poller', () => {
  test('looks once for each interval, whatever the number of followers', async () => {
    const watched = new Watched();
    await watched.writes(1);
    for (let count = 0; count < 100; count += 1) watched.follows();
    await watched.clock.advance(500);
    expect([watched.requests, watched.units]).toEqual([1, 1]);
    watched.count();
    await watched.clock.advance(60_000);
    // Jitter makes an interval 0.8 to 1.2 seconds.
    expect(watched.requests).toBeGreaterThanOrEqual(50);
    expect(watched.requests).toBeLessThanOrEqual(75);
    expect(watched.units).toBe(watched.requests / 2);
    expect(watched.seen).toEqual([1]);
  });

  test('asks nothing while nobody follows, and begins again with a consistent look', async () => {
    const watched = new Watched();
    await watched.writes(1);
    const stop = watched.follows();
    await watched.clock.advance(100);
    stop();
    watched.count();
    await watched.clock.advance(60_000);
    expect(watched.requests).toBe(0);
    expect(watched.clock.pendingTimers).toBe(0);
    watched.follows();
    await watched.clock.advance(100);
    expect([watched.requests, watched.units]).toEqual([1, 1]);
  });

  test('gives all who ask at once one consistent look, and a later asker a later one', async () => {
    const watched = new Watched();
    const asks = [watched.poller.fresh(), watched.poller.fresh(), watched.poller.fresh()];
    await watched.clock.advance(2);
    const late = watched.poller.fresh();
    await watched.clock.run(Promise.all([...asks, late]));
    expect([watched.requests, watched.units]).toEqual([2, 2]);
    await watched.clock.run(watched.poller.recent(10_000));
    expect(watched.requests).toBe(2);
    await watched.clock.run(watched.poller.recent(0));
    expect(watched.requests).toBe(3);
  });

  test('looks at the pace of its most eager follower', async () => {
    const watched = new Watched();
    watched.follows(60_000);
    await watched.clock.advance(10_000);
    const stop = watched.follows(100);
    watched.count();
    await watched.clock.advance(10_000);
    expect(watched.requests).toBeGreaterThan(60);
    stop();
    await watched.clock.advance(1_000);
    watched.count();
    await watched.clock.advance(40_000);
    expect(watched.requests).toBe(0);
  });

  test('slows down while the table does not answer, and tells what failed', async () => {
    const watched = new Watched();
    const failures: string[] = [];
    watched.follows();
    watched.poller.follow({ pollMs: POLL_MS }, (sight) => {
      if (sight.kind === 'failed') failures.push(sight.failure.reason);
    });
    await watched.clock.advance(100);
    watched.network.isolate('both-ways');
    await watched.clock.advance(600_000);
    expect(new Set(failures)).toEqual(new Set(['timeout']));
    // Ten a minute at the usual pace would be 600.
    expect(failures.length).toBeLessThan(25);
    expect(failures.length).toBeGreaterThan(10);
    await watched.writes(7);
    watched.network.heal();
    await watched.clock.advance(75_000);
    expect(watched.seen.at(-1)).toBe(7);
  });

  test('looks at once for a hint, and six times less often while hints come', async () => {
    const watched = new Watched(true);
    watched.follows();
    await watched.clock.advance(100);
    watched.count();
    await watched.clock.advance(60_000);
    expect(watched.requests).toBeGreaterThanOrEqual(8);
    expect(watched.requests).toBeLessThanOrEqual(13);
    await watched.writes(3);
    const topic = { namespace: 'default', kind: 'thing', name: 'it' };
    for (let count = 0; count < 10; count += 1) watched.hints.publish({ ...topic, revision: 3 });
    await watched.clock.advance(50);
    expect(watched.seen.at(-1)).toBe(3);
    expect([watched.requests, watched.units]).toEqual([1, 1]);
    watched.hints.publish({ ...topic, revision: 2 });
    await watched.clock.advance(50);
    expect(watched.requests).toBe(1);
  });

  test('looks again for a hint that comes while a look is under way', async () => {
    const watched = new Watched(true);
    watched.follows();
    await watched.clock.advance(100);
    const look = watched.poller.fresh();
    await watched.clock.advance(6);
    await watched.table.write({ kind: 'put', item: { ...KEY, revision: 4 } });
    watched.hints.publish({ namespace: 'default', kind: 'thing', name: 'it', revision: 4 });
    await watched.clock.run(look);
    await watched.clock.advance(40);
    expect(watched.seen.at(-1)).toBe(4);
  });

  test('stops with its instance, and ends the iterations', async () => {
    const watched = new Watched(true);
    const revisions: number[] = [];
    const work = (async () => {
      for await (const sight of watched.poller.sights({ pollMs: POLL_MS })) {
        if (sight.kind === 'head') revisions.push(sight.state.revision);
      }
    })();
    await watched.clock.advance(1_500);
    await watched.clock.run(watched.holdfast.close());
    await watched.clock.run(work);
    expect(revisions.length).toBeGreaterThan(0);
    expect([watched.clock.pendingTimers, watched.hints.topics]).toEqual([0, 0]);
  });

  test('goes back with a table that was restored, and says so', async () => {
    const watched = new Watched();
    await watched.writes(9);
    watched.follows();
    await watched.clock.advance(100);
    await watched.writes(4);
    await watched.clock.advance(10_000);
    expect(watched.seen).toEqual([9, 4]);
    expect(watched.poller.state).toMatchObject({ revision: 4, restarts: 1 });
  });

  test('is forgotten when it is idle and there are a thousand others', async () => {
    const watched = new Watched();
    const { poller } = watched;
    const runtime = runtimeOf(watched.holdfast);
    const named = (name: string) =>
      headPoller(runtime, { ...poller.spec, name, key: { ...KEY, sk: name } });
    const followed = named('followed');
    followed.follow({ pollMs: POLL_MS }, () => undefined);
    for (let count = 0; count < 1_000; count += 1) named(`idle ${count}`);
    expect(runtime.headPollers.size).toBeLessThan(1_000);
    expect(named('followed')).toBe(followed);
  });

  test('reports a row that it cannot read', async () => {
    const watched = new Watched();
    const { poller } = watched;
    const broken = { ...poller.spec, name: 'broken', key: { ...KEY, sk: 'broken' } };
    const parse = () => {
      throw new Error('no such shape');
    };
    const other = headPoller(runtimeOf(watched.holdfast), { ...broken, parse });
    const sight = await watched.clock.run(other.fresh());
    expect(sight).toMatchObject({ kind: 'failed', failure: { message: 'no such shape' } });
  });
});

guarantee(
  'a head poller: nobody is shown an older row than before',
  { without: 'head-goes-backwards' },
  async (library) => {
    const watched = new Watched(false, library);
    await watched.writes(1);
    await watched.clock.advance(5_000);
    await watched.writes(2);
    watched.follows(200);
    await watched.clock.advance(100);
    watched.network.setRates({ 'stale-read': 1 });
    await watched.clock.advance(600);
    watched.network.setRates({});
    await watched.clock.advance(5_000);
    if (watched.network.counts['stale-read'] === 0) throw new Error('no look was stale');
    return watched.seen.length === 1;
  },
);
