import {
  barrier,
  doubleBarrier,
  latch,
  readWriteLock,
  semaphore,
} from '../../../lib/recipes/index.ts';
import type { Misuse, Scene } from './misuse.ts';

const pair = { parties: 2 };

async function inside({ a, b, run }: Scene) {
  const [one, other] = [a, b].map(({ holdfast }) => doubleBarrier(holdfast, 'it', pair));
  await run(Promise.all([one?.enter({ id: 'a' }), other?.enter({ id: 'b' })]));
  return doubleBarrier(a.holdfast, 'it', pair);
}

/** Of what several share. */
export const SHARED_MISUSES: readonly Misuse[] = [
  {
    title: 'a semaphore of another number of permits',
    error: ['count-mismatch', /semaphore 'it': another process has declared another number/],
    given: async ({ a, b, run }) => {
      await run(semaphore(a.holdfast, 'it', { permits: 2 }).acquire());
      return () => semaphore(b.holdfast, 'it', { permits: 3 }).tryAcquire();
    },
  },
  {
    title: 'a semaphore that is shrunk below what is held',
    error: ['permits-held', /semaphore 'it'/],
    given: async ({ a, b, run }) => {
      await run(semaphore(a.holdfast, 'it', { permits: 3 }).acquire({ permits: 2 }));
      return () => semaphore(b.holdfast, 'it', { permits: 3 }).resize(1);
    },
  },
  {
    title: 'more permits than there are',
    error: ['invalid-argument', /semaphore 'it': there are fewer permits than asked for/],
    given: async ({ a, b, run }) => {
      await run(semaphore(a.holdfast, 'it', { permits: 2 }).acquire());
      return () => semaphore(b.holdfast, 'it', { permits: 2 }).acquire({ permits: 3 });
    },
  },
  {
    title: 'a write hold that lets readers in after its release',
    error: ['lease-lost', /read-write-lock 'it'.*given up before/],
    given: async ({ a, b, run }) => {
      const hold = await run(readWriteLock(a.holdfast, 'it').write.acquire());
      await run(hold.release());
      await run(readWriteLock(b.holdfast, 'it').read.acquire());
      return () => hold.downgrade();
    },
  },
  {
    title: 'a read hold that becomes the writer after its release',
    error: ['lease-lost', /read-write-lock 'it'.*given up before/],
    given: async ({ a, run }) => {
      const hold = await run(readWriteLock(a.holdfast, 'it').read.acquire());
      await run(hold.release());
      return () => hold.tryUpgrade();
    },
  },
  {
    title: 'a latch of another count, counted down',
    error: ['count-mismatch', /latch 'it': declared with 2, not with 3/],
    given: async ({ a, b, run }) => {
      await run(latch(a.holdfast, 'it', { count: 2 }).countDown('one'));
      return () => latch(b.holdfast, 'it', { count: 3 }).countDown('two');
    },
  },
  {
    title: 'a latch of another count, waited for',
    error: ['count-mismatch', /latch 'it': declared with 2, not with 1/],
    given: async ({ a, b, run }) => {
      await run(latch(a.holdfast, 'it', { count: 2 }).countDown('one'));
      return () => latch(b.holdfast, 'it', { count: 1 }).wait();
    },
  },
  {
    title: 'a latch that is counted down for nobody',
    error: ['invalid-argument', /id: expected a string of 1 to 64 characters/],
    given: async ({ a, run }) => {
      const shared = latch(a.holdfast, 'it', { count: 2 });
      await run(shared.countDown('one'));
      return () => shared.countDown('');
    },
  },
  {
    title: 'a barrier of other parties',
    error: ['count-mismatch', /barrier 'it': declared with 2 parties, not with 3/],
    given: async ({ a, b, stage }) => {
      void barrier(a.holdfast, 'it', pair).arrive({ id: 'a' });
      await stage.advance(100);
      return () => barrier(b.holdfast, 'it', { parties: 3 }).arrive({ id: 'b' });
    },
  },
  {
    title: 'a double barrier that is left by who is not inside',
    error: ['not-a-party', /double-barrier 'it'.*'c'/],
    given: async (scene) => {
      const round = await inside(scene);
      return () => round.leave({ id: 'c' });
    },
  },
  {
    title: 'a double barrier that is left before anybody has entered',
    error: ['not-a-party', /double-barrier 'it'.*'a'/],
    given: async ({ a }) => {
      return () => doubleBarrier(a.holdfast, 'it', pair).leave({ id: 'a' });
    },
  },
  {
    title: 'a double barrier that is left twice',
    error: ['not-a-party', /double-barrier 'it'.*'a'/],
    given: async (scene) => {
      const round = await inside(scene);
      const { b, run } = scene;
      const both = [round.leave({ id: 'a' })];
      both.push(doubleBarrier(b.holdfast, 'it', pair).leave({ id: 'b' }));
      await run(Promise.all(both));
      return () => round.leave({ id: 'a' });
    },
  },
  {
    title: 'a double barrier that a stranger enters while others are inside',
    error: ['not-a-party', /double-barrier 'it'.*'c'/],
    given: async (scene) => {
      const round = await inside(scene);
      return () => round.enter({ id: 'c' });
    },
  },
];
