import { expect, test } from 'vitest';
import type { Session, WaitingOptions } from '../../../lib/index.ts';
import { RowItems } from '../../../lib/store/row-items.ts';
import { guarantee } from '../../planted/control.ts';
import type { Library } from '../../planted/load.ts';
import type { Actor } from '../support/actor.ts';
import { ITEM_TABLES, itemKey } from '../support/own-items.ts';
import { Call } from '../support/pools.ts';
import { Stage } from '../support/stage.ts';

const LEASE_MS = 6_000;
const LATE = { kind: 'delay', byMs: 60_000 } as const;

/** Lets a process that holds under a session give up a request which arrives a minute later. */
async function givesUp(
  stage: Stage,
  actor: Actor,
  wait: (signal: AbortSignal) => Promise<unknown>,
) {
  const stop = new AbortController();
  actor.network.onNextWrite(LATE);
  const call = new Call(wait(stop.signal));
  await stage.advance(500);
  stop.abort();
  await stage.until(() => call.isOver);
  await stage.advance(1_000);
}

function begin(stage: Stage, actor: Actor): Promise<Session> {
  return stage.run(actor.holdfast.session({ leaseMs: LEASE_MS }));
}

function locked(actor: Actor, { lockedItems }: Library) {
  const options = { tables: ITEM_TABLES, items: new RowItems(actor.network) };
  return lockedItems(actor.holdfast, options).item('items', itemKey('it'));
}

/** What a hold is taken of, and given back. */
interface Thing {
  acquire(options: WaitingOptions): Promise<{ release(): Promise<unknown> }>;
  tryAcquire(): Promise<{ readonly acquired: boolean }>;
}

const THINGS: Readonly<Record<string, (actor: Actor, library: Library) => Thing>> = {
  lock: (actor) => actor.holdfast.lock('it'),
  semaphore: (actor, { semaphore }) => semaphore(actor.holdfast, 'it', { permits: 1 }),
  'locked item': locked,
};

for (const [name, make] of Object.entries(THINGS)) {
  guarantee(
    `rule 21: a request for a ${name} that arrives late, under a session that lives, is undone`,
    { without: 'late-attempts-forgotten' },
    async (library) => {
      const stage = new Stage(library);
      const [a, b] = await stage.actors('a', 'b');
      const under = await begin(stage, a);
      const thing = make(a, library);
      await stage.table.write({ kind: 'put', item: { ...itemKey('it'), count: 1 } });
      await stage.run((await stage.run(thing.acquire({}))).release());
      await givesUp(stage, a, (signal) => thing.acquire({ under, signal }));
      // It arrives, and is found by the next look, a minute later at most.
      await stage.advance(130_000);
      if (under.remainingMs() === 0) throw new Error('the session has ended');
      return (await stage.run(make(b, library).tryAcquire())).acquired;
    },
  );
}

for (const [name, make] of Object.entries(THINGS)) {
  guarantee(
    `a ${name} under a session that lives is given back after a release that had no answer`,
    { without: 'unanswered-release-forgotten' },
    async (library) => {
      const stage = new Stage(library);
      const [a, b] = await stage.actors('a', 'b');
      const under = await stage.run(a.holdfast.session({ leaseMs: 30_000 }));
      await stage.table.write({ kind: 'put', item: { ...itemKey('it'), count: 1 } });
      const hold = await stage.run(make(a, library).acquire({ under }));
      a.network.isolate();
      const release = new Call(hold.release());
      // Longer than a release is tried for, and shorter than the session's lease.
      await stage.until(() => release.isOver);
      a.network.heal();
      await stage.advance(10_000);
      if (under.remainingMs() === 0) throw new Error('the session has ended');
      return (await stage.run(make(b, library).tryAcquire())).acquired;
    },
  );
}

test('a late request is looked for less and less often, while it can live', async () => {
  const stage = new Stage();
  const [a] = await stage.actors('a');
  const under = await begin(stage, a);
  a.network.onNextWrite({ kind: 'drop' });
  const stop = new AbortController();
  const call = new Call(a.holdfast.lock('it').acquire({ under, signal: stop.signal }));
  await stage.advance(500);
  stop.abort();
  await stage.until(() => call.isOver);
  await stage.advance(100);
  const looks = () => stage.ledger.count('read', 'a');
  const before = looks();
  await stage.advance(60_000);
  expect(looks() - before).toBeLessThanOrEqual(8);
  await stage.advance(16 * 60_000);
  expect(looks() - before).toBeGreaterThan(15);
  expect(looks() - before).toBeLessThanOrEqual(30);
  const all = looks();
  await stage.advance(10 * 60_000);
  expect(looks()).toBe(all);
});

test('a late request is forgotten once a later grant refuses it', async () => {
  const stage = new Stage();
  const [a] = await stage.actors('a');
  const under = await begin(stage, a);
  await givesUp(stage, a, (signal) => a.holdfast.lock('it').acquire({ under, signal }));
  const hold = await stage.run(a.holdfast.lock('it').acquire({ under }));
  await stage.advance(5_000);
  const looks = stage.ledger.count('read', 'a');
  await stage.advance(120_000);
  expect(stage.ledger.count('read', 'a')).toBe(looks);
  expect(hold.remainingMs()).toBeGreaterThan(0);
});
