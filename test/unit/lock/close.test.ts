import { describe, expect, test } from 'vitest';
import { ClosedError } from '../../../lib/index.ts';
import { parseOwnershipRow } from '../../../lib/lease/row.ts';
import type { WriteRequest } from '../../../lib/store/store.ts';
import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

function owners(stage: Stage): readonly string[] {
  return stage.table.snapshot().flatMap((item) => parseOwnershipRow(item).owner?.label ?? []);
}

guarantee(
  'closing gives back what a try under way takes',
  { without: 'try-outlives-closing' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const trying = a.holdfast
      .lock('it')
      .tryAcquire()
      .catch((reason: unknown) => reason);
    await stage.until(() => stage.ledger.count('acquire') === 1);
    await stage.run(a.holdfast.close());
    const isFree = owners(stage).length === 0;
    return isFree && (await stage.run(trying)) instanceof library.ClosedError;
  },
);

guarantee(
  'closing waits for a release under way, and does not send it again',
  { without: 'release-sent-again-by-closing' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    a.network.onNextWrite({ kind: 'delay', byMs: 500 }, named('release'));
    const releasing = hold.release();
    await stage.run(a.holdfast.close());
    const { outcome } = await stage.run(releasing);
    return outcome === 'released' && stage.ledger.count('release') === 1;
  },
);

guarantee(
  'closing knows a lock whose object was made long before others by the thousand',
  { without: 'line-kept-by-its-lock' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const lock = a.holdfast.lock('it');
    for (let index = 0; index < 1_000; index += 1) a.holdfast.lock(`other ${index}`);
    await stage.run(lock.acquire());
    await stage.run(a.holdfast.close());
    return owners(stage).length === 0;
  },
);

describe('closing an instance', () => {
  test('releases all that it holds', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    for (let index = 0; index < 20; index += 1) {
      await stage.run(a.holdfast.lock(`lock ${index}`).acquire());
    }
    await stage.run(a.holdfast.election('it').campaign('address'));
    expect(owners(stage).length).toBe(21);
    const report = await stage.run(a.holdfast.close());
    expect(report).toEqual({ released: 21, unreleased: [] });
    expect(owners(stage)).toEqual([]);
  });

  test('goes on past a lock that it cannot release, and names it', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const holds = [];
    for (const name of ['one', 'two', 'three']) {
      holds.push(await stage.run(a.holdfast.lock(name).acquire()));
    }
    const isAboutTwo = (request: WriteRequest) => 'key' in request && /two$/.test(request.key.pk);
    for (let tries = 0; tries < 20; tries += 1) a.network.onNextWrite({ kind: 'drop' }, isAboutTwo);
    const report = await stage.run(a.holdfast.close());
    expect(report.released).toBe(2);
    expect(report.unreleased).toMatchObject([
      { name: "lock 'two'", token: holds[1]?.token, cause: { reason: 'timeout' } },
    ]);
    expect(owners(stage).length).toBe(1);
  });

  test('ends every wait and leaves the line', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    const waits = [await stage.joins(b), stage.wait(b), stage.wait(b)];
    const closing = b.holdfast.close();
    await stage.clock.settle();
    for (const wait of waits) expect(wait.error).toBeInstanceOf(ClosedError);
    await stage.run(closing);
    expect(stage.line()).toEqual([]);
  });

  test('gives back what is granted in this very moment', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const wait = await stage.joins(b);
    await stage.run(hold.release());
    expect(owners(stage)).toEqual(['b']);
    await stage.run(b.holdfast.close());
    expect(wait.hold).toBeUndefined();
    expect(owners(stage)).toEqual([]);
  });

  test('gives back what an acquire under way takes', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const wait = stage.wait(a);
    await stage.until(() => stage.ledger.count('acquire') === 1);
    await stage.run(a.holdfast.close());
    expect(wait.error).toBeInstanceOf(ClosedError);
    expect(owners(stage)).toEqual([]);
  });

  test('waits for a release under way that passes the lock on', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    stage.wait(a);
    await stage.clock.settle();
    const releasing = hold.release();
    await stage.until(() => stage.ledger.count('pass') === 1);
    const report = await stage.run(a.holdfast.close());
    expect(owners(stage)).toEqual([]);
    expect(report.unreleased).toEqual([]);
    expect(await stage.run(releasing)).toEqual({ outcome: 'released' });
  });

  test('gives the same report again, and sends nothing more', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    await stage.acquires(a);
    const report = await stage.run(a.holdfast.close());
    stage.ledger.clear();
    expect(await stage.run(a.holdfast.close())).toBe(report);
    await stage.run(a.holdfast[Symbol.asyncDispose]());
    await stage.advance(60_000);
    expect(stage.ledger.names()).toEqual([]);
  });

  test('leaves no timer behind', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    await stage.acquires(a);
    stage.wait(a);
    await stage.run(a.holdfast.close());
    expect(stage.clock.pendingTimers).toBe(0);
  });

  test('is over in bounded time when the table does not answer', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.acquires(a);
    await stage.joins(b);
    await stage.run(b.holdfast.lock('another').acquire());
    b.network.isolate();
    const startMs = stage.clock.monotonicMs();
    const report = await stage.run(b.holdfast.close());
    expect(report.unreleased.length).toBe(1);
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(15_000);
  });
});

describe('a closed instance', () => {
  test('refuses to wait, to try and to campaign', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    await stage.run(a.holdfast.close());
    const lock = a.holdfast.lock('it');
    await expect(lock.acquire()).rejects.toMatchObject({ code: 'closed' });
    await expect(lock.tryAcquire()).rejects.toMatchObject({ code: 'closed' });
    const campaign = a.holdfast.election('it').campaign('address');
    await expect(campaign).rejects.toMatchObject({ code: 'closed' });
    expect(stage.ledger.names()).toEqual([]);
  });
});
