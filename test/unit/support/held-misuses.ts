import type { LeaseOptions } from '../../../lib/index.ts';
import { adopt, exportHold, locks } from '../../../lib/recipes/index.ts';
import { itemOf, type Misuse, type Scene } from './misuse.ts';

function lockOf({ a }: Scene, options?: LeaseOptions) {
  return a.holdfast.lock('it').acquire(options);
}

/** Of what one holds alone. */
export const HELD_MISUSES: readonly Misuse[] = [
  {
    title: 'several locks, one of them twice',
    error: ['invalid-argument', /names: expected each name once, got 'it'/],
    given: async (scene) => {
      await scene.run(lockOf(scene));
      return async () => locks(scene.b.holdfast, ['it', 'it']).tryAcquire();
    },
  },
  {
    title: 'several locks under a session that is closed',
    error: ['closed', /the session is closed/],
    given: async ({ a, run }) => {
      const session = await run(a.holdfast.session());
      await run(session.close());
      return () => locks(a.holdfast, ['it', 'other']).acquire({ under: session });
    },
  },
  {
    title: 'a lock under a session of another instance',
    error: ['invalid-argument', /under: expected a session of this instance/],
    given: async ({ a, b, run }) => {
      const session = await run(b.holdfast.session());
      return () => a.holdfast.lock('it').acquire({ under: session });
    },
  },
  {
    title: 'a lock under a session, with a lease of its own',
    error: ['invalid-argument', /leaseMs: expected none: under a session/],
    given: async ({ a, run }) => {
      const session = await run(a.holdfast.session());
      return () => a.holdfast.lock('it').acquire({ under: session, leaseMs: 6_000 });
    },
  },
  {
    title: 'a locked item that is written twice',
    error: ['invalid-argument', /hold: expected a hold that has neither .*, got 'written'/],
    given: async ({ a, run }) => {
      const hold = await run(itemOf(a).acquire());
      await run(hold.write({ set: { count: 1 } }));
      return () => hold.write({ set: { count: 2 } });
    },
  },
  {
    title: 'a locked item that is deleted after its release',
    error: ['invalid-argument', /hold: expected a hold that has neither .*, got 'released'/],
    given: async ({ a, b, run }) => {
      const first = await run(itemOf(b).acquire());
      await run(first.write({ set: { count: 1 } }));
      const hold = await run(itemOf(a).acquire());
      await run(hold.release());
      return () => hold.delete();
    },
  },
  {
    title: 'a locked item whose lock is written',
    error: ['invalid-argument', /changes: expected names that do not begin with _lock/],
    given: async ({ a, run }) => {
      const hold = await run(itemOf(a).acquire());
      return () => hold.write({ set: { _lockToken: 1 } });
    },
  },
  {
    title: 'an export that was adopted before',
    error: ['export-stale', /lock 'it': the exported hold is adopted or released by now/],
    given: async (scene) => {
      const { a, b, run } = scene;
      const exported = await run(exportHold(await run(lockOf(scene))));
      await run(adopt(a.holdfast, exported));
      return () => adopt(b.holdfast, exported);
    },
  },
  {
    title: 'an export whose lock was given back since',
    error: ['export-stale', /lock 'it': the exported hold is .* by now; nobody has the lock/],
    given: async (scene) => {
      const { a, b, run } = scene;
      const exported = await run(exportHold(await run(lockOf(scene))));
      const adopted = await run(adopt(a.holdfast, exported));
      await run(adopted.release());
      return () => adopt(b.holdfast, exported);
    },
  },
  {
    title: 'an export of what is not a lock',
    error: ['invalid-argument', /exported: expected a lock of table/],
    given: async (scene) => {
      const { b, run } = scene;
      const exported = await run(exportHold(await run(lockOf(scene))));
      const pk = exported.pk.replace('#lock#', '#election#');
      return () => adopt(b.holdfast, { ...exported, pk });
    },
  },
  {
    title: 'a hold that is exported twice',
    error: ['invalid-argument', /hold: expected one that has not been given up/],
    given: async (scene) => {
      const hold = await scene.run(lockOf(scene));
      await scene.run(exportHold(hold));
      return () => exportHold(hold);
    },
  },
  {
    title: 'a hold that is exported after its release',
    error: ['invalid-argument', /hold: expected one that has not been given up/],
    given: async (scene) => {
      const hold = await scene.run(lockOf(scene));
      await scene.run(hold.release());
      return () => exportHold(hold);
    },
  },
  {
    title: 'a leader that proclaims after it has resigned',
    error: ['lease-lost', /election 'it': this leadership was given up before/],
    given: async ({ stage, a, run }) => {
      const leadership = await stage.leads(a);
      await run(leadership.resign());
      return () => leadership.proclaim('news');
    },
  },
];
