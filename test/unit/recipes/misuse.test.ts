import { describe, expect, test } from 'vitest';
import { group } from '../../../lib/group/index.ts';
import { names, slots } from '../../../lib/naming/index.ts';
import { exportHold, latch, locks, readWriteLock, semaphore } from '../../../lib/recipes/index.ts';
import { HELD_MISUSES } from '../support/held-misuses.ts';
import { itemOf, type Scene } from '../support/misuse.ts';
import { NAMED_MISUSES } from '../support/named-misuses.ts';
import { SHARED_MISUSES } from '../support/shared-misuses.ts';
import { Stage } from '../support/stage.ts';

const MISUSES = [...SHARED_MISUSES, ...HELD_MISUSES, ...NAMED_MISUSES];

async function sceneOf(stage: Stage): Promise<Scene> {
  const [a, b] = await stage.actors('a', 'b');
  return { stage, a, b, run: (work) => stage.run(work, 10_000) };
}

describe('what should not be done', () => {
  test.each(MISUSES.map((misuse) => [misuse.title, misuse] as const))(
    'is a clear error, and changes nothing: %s',
    async (_, { error: [code, message], given }) => {
      const stage = new Stage();
      const scene = await sceneOf(stage);
      const misuse = await given(scene);
      const before = stage.table.snapshot();
      const ending = await scene.run(misuse().catch((error: unknown) => error));
      expect(ending).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(stage.table.snapshot()).toEqual(before);
    },
  );
});

interface Releasable {
  release(): Promise<unknown>;
}

type Taking = (scene: Scene) => Promise<Releasable>;

/** Whatever is held by somebody, and given back. */
const HOLDS: readonly (readonly [string, Taking])[] = [
  ['a lock', ({ a }) => a.holdfast.lock('it').acquire()],
  ['several locks', ({ a }) => locks(a.holdfast, ['it', 'other']).acquire()],
  ['a permit', ({ a }) => semaphore(a.holdfast, 'it', { permits: 2 }).acquire()],
  ['a read hold', ({ a }) => readWriteLock(a.holdfast, 'it').read.acquire()],
  ['a write hold', ({ a }) => readWriteLock(a.holdfast, 'it').write.acquire()],
  ['a slot', ({ a }) => slots(a.holdfast, 'it', { size: 2 }).acquire()],
  ['a locked item', ({ a }) => itemOf(a).acquire()],
];

type Again = (scene: Scene) => Promise<() => Promise<unknown>>;

/** What may be done, and does nothing: it was done before, or is not the caller's to do. */
const IN_VAIN: readonly (readonly [string, unknown, Again])[] = [
  [
    'a session that is closed twice',
    { outcome: 'released' },
    async ({ a, run }) => {
      const session = await run(a.holdfast.session());
      await run(session.close());
      return () => session.close();
    },
  ],
  [
    'a leader that resigns twice',
    { outcome: 'already-released' },
    async ({ stage, a, run }) => {
      const leadership = await stage.leads(a);
      await run(leadership.resign());
      return () => leadership.resign();
    },
  ],
  [
    'a leadership that is given to nobody who waits',
    { outcome: 'not-a-candidate' },
    async ({ stage, a }) => {
      const leadership = await stage.leads(a);
      return () => leadership.transferTo('c');
    },
  ],
  [
    'a leadership that is given away after it was resigned',
    { outcome: 'lost', takenBy: undefined },
    async ({ stage, a, run }) => {
      const leadership = await stage.leads(a);
      await run(leadership.resign());
      return () => leadership.transferTo('b');
    },
  ],
  [
    'a member that leaves twice',
    { outcome: 'left' },
    async ({ a, run }) => {
      const membership = await run(group(a.holdfast, 'it').join({ id: 'a' }));
      await run(membership.leave());
      return () => membership.leave();
    },
  ],
  [
    'a part that a latch has counted',
    { counted: false, remaining: 1 },
    async ({ a, run }) => {
      const shared = latch(a.holdfast, 'it', { count: 2 });
      await run(shared.countDown('one'));
      return () => shared.countDown('one');
    },
  ],
  [
    'a latch that is open',
    { counted: false, remaining: 0 },
    async ({ a, b, run }) => {
      await run(latch(a.holdfast, 'it', { count: 1 }).countDown('one'));
      return () => latch(b.holdfast, 'it', { count: 1 }).countDown('two');
    },
  ],
  [
    'a name that is another’s, released',
    false,
    async ({ a, b, run }) => {
      await run(names(a.holdfast, 'it').claim('Ada', { owner: 'a' }));
      return () => names(b.holdfast, 'it').release('Ada', { owner: 'b' });
    },
  ],
  [
    'an exported hold that is released where it was',
    { outcome: 'already-released' },
    async (scene) => {
      const hold = await scene.run(scene.a.holdfast.lock('it').acquire());
      await scene.run(exportHold(hold));
      return () => hold.release();
    },
  ],
];

describe('what is done in vain', () => {
  test.each(HOLDS)(
    'is told so, and changes nothing: %s that is given back twice',
    async (_, take) => {
      const stage = new Stage();
      const scene = await sceneOf(stage);
      const hold = await scene.run(take(scene));
      await scene.run(hold.release());
      const before = stage.table.snapshot();
      const again = await scene.run(hold.release());
      expect(JSON.stringify(again)).toContain('already-released');
      expect(stage.table.snapshot()).toEqual(before);
    },
  );

  const exclusive = HOLDS.filter(([title]) => title !== 'a read hold');
  test.each(exclusive)(
    'does not give back what others have taken since: %s',
    async (title, take) => {
      const stage = new Stage();
      const scene = await sceneOf(stage);
      const hold = await scene.run(take(scene));
      scene.a.network.isolate();
      await stage.advance(120_000);
      scene.a.network.heal();
      // As many as there are.
      for (let taken = 0; taken < 2; taken += 1) {
        await scene.run(take({ ...scene, a: scene.b })).catch(() => title);
        if (title !== 'a permit' && title !== 'a slot') break;
      }
      const before = stage.table.snapshot();
      const told = await scene.run(hold.release());
      expect(JSON.stringify(told)).toContain('lost');
      expect(stage.table.snapshot()).toEqual(before);
    },
  );

  test.each(IN_VAIN)('is told so, and changes nothing: %s', async (_, told, given) => {
    const stage = new Stage();
    const scene = await sceneOf(stage);
    const again = await given(scene);
    const before = stage.table.snapshot();
    expect(await scene.run(again())).toEqual(told);
    expect(stage.table.snapshot()).toEqual(before);
  });
});
