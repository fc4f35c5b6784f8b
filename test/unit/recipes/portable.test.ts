import { describe, expect, test } from 'vitest';
import type { LockHold } from '../../../lib/index.ts';
import { adopt, type ExportedHold, exportHold } from '../../../lib/recipes/index.ts';
import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

/** Exports a hold, and brings it where it is adopted as a message would. */
async function send(stage: Stage, hold: LockHold, leaseMs?: number): Promise<ExportedHold> {
  const exported = await stage.run(exportHold(hold, { leaseMs }), 10_000);
  return JSON.parse(JSON.stringify(exported));
}

describe('a portable hold', () => {
  test('goes on in another process, in one request here and two there', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    stage.ledger.clear();
    const exported = await send(stage, hold);
    expect(stage.ledger.bill('a')).toEqual({ requests: 1, readUnits: 0, writeUnits: 1 });
    const adopted = await stage.run(adopt(b.holdfast, exported));
    expect(stage.ledger.bill('b')).toEqual({ requests: 2, readUnits: 0, writeUnits: 2 });
    expect(adopted.token).toBeGreaterThan(hold.token);
    expect(stage.row().owner?.label).toBe('b');
    await stage.advance(60_000);
    expect(adopted.remainingMs()).toBeGreaterThan(0);
    expect(await stage.run(adopted.release())).toEqual({ outcome: 'released' });
  });

  test('has nothing left to renew or release where it was exported', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    await send(stage, hold, 60_000);
    stage.ledger.clear();
    expect(hold.remainingMs()).toBe(0);
    expect(await stage.run(hold.release())).toEqual({ outcome: 'already-released' });
    expect(await stage.run(a.holdfast.close())).toEqual({ released: 0, unreleased: [] });
    await stage.advance(50_000);
    expect(stage.ledger.arrivals).toEqual([]);
    expect(await stage.tries(b)).toBeUndefined();
    await stage.advance(15_000);
    expect(await stage.tries(b)).toBeDefined();
  });

  test('outlives the session that it was taken under', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session({ leaseMs: 6_000 }));
    const hold = await stage.run(a.holdfast.lock('it').acquire({ under: session }));
    const exported = await send(stage, hold, 60_000);
    await stage.run(session.close());
    await stage.advance(10_000);
    expect(await stage.tries(b)).toBeUndefined();
    const theirs = await stage.run(b.holdfast.session({ leaseMs: 6_000 }));
    const adopted = await stage.run(adopt(b.holdfast, exported, { under: theirs }));
    stage.ledger.clear();
    await stage.advance(6_000);
    expect(adopted.remainingMs()).toBeGreaterThan(0);
    expect(stage.ledger.bill('b').requests).toBeLessThan(5);
  });

  test('is adopted once: the second time is an error that changes nothing', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const exported = await send(stage, await stage.acquires(a));
    const adopted = await stage.run(adopt(b.holdfast, exported));
    const before = stage.row();
    const again = stage.run(adopt(c.holdfast, exported));
    await expect(again).rejects.toMatchObject({ code: 'export-stale' });
    await expect(again).rejects.toThrow(/adopted or released by now; b has the lock/);
    expect(stage.row()).toEqual(before);
    await stage.run(adopted.release());
  });

  test('may be adopted late, as long as nobody has taken the lock', async () => {
    const stage = new Stage();
    const [a, b, c] = await stage.actors('a', 'b', 'c');
    const late = await send(stage, await stage.acquires(a), 5_000);
    await stage.advance(30_000);
    const adopted = await stage.run(adopt(b.holdfast, late));
    const tooLate = await send(stage, adopted, 5_000);
    await stage.advance(30_000);
    const taken = await stage.tries(c);
    const before = stage.row();
    await expect(stage.run(adopt(b.holdfast, tooLate))).rejects.toThrow(/taken by now; c has/);
    expect(stage.row()).toEqual(before);
    expect(taken?.remainingMs()).toBeGreaterThan(0);
  });

  test('is exported and adopted although answers are lost', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a);
    const lost = a.network.onNextWrite({ kind: 'lose-answer' }, named('renew'));
    const exported = await send(stage, hold);
    const pass = b.network.onNextWrite({ kind: 'lose-answer' }, named('pass'));
    const adopted = await stage.run(adopt(b.holdfast, exported), 10_000);
    expect([lost.hit, pass.hit]).toEqual([true, true]);
    expect(adopted.remainingMs()).toBeGreaterThan(0);
    expect(stage.row().token).toBe(adopted.token);
  });

  test('is given back when its new process closes', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const exported = await send(stage, await stage.acquires(a));
    await stage.run(adopt(b.holdfast, exported));
    expect(await stage.run(b.holdfast.close())).toEqual({ released: 1, unreleased: [] });
    expect(stage.row().owner).toBeUndefined();
  });

  test('refuses what is not an export, or not of this table and namespace', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    const exported = await send(stage, hold);
    const wrong: readonly unknown[] = [
      undefined,
      { ...exported, format: 2 },
      { ...exported, id: '' },
      { ...exported, token: 1.5 },
      { ...exported, table: 'another' },
      { ...exported, sk: 'session' },
      { ...exported, pk: 'other#lock#it' },
    ];
    for (const each of wrong) {
      const adoption = adopt(a.holdfast, each as ExportedHold);
      await expect(adoption).rejects.toMatchObject({ code: 'invalid-argument' });
    }
    await expect(exportHold(hold)).rejects.toMatchObject({ code: 'invalid-argument' });
    const short = exportHold(hold, { leaseMs: 10 });
    await expect(short).rejects.toMatchObject({ argument: 'leaseMs' });
  });

  test('cannot be exported once it is lost, and says so', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    await stage.table.write({ kind: 'delete', key: { pk: 'default#lock#it', sk: 'lock' } });
    await expect(stage.run(exportHold(hold))).rejects.toMatchObject({ code: 'lease-lost' });
  });
});

guarantee(
  'a portable hold: no renewal on its way shortens the time in which it can be adopted',
  { without: 'export-goes-on-renewing' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a, { leaseMs: 15_000 });
    await stage.until(() => stage.ledger.count('renew') > 0);
    // The next renewal is due 3.4 to 3.75 seconds after the last, while the export is on its way.
    await stage.advance(3_000);
    const slow = a.network.onNextWrite({ kind: 'delay', byMs: 900 }, named('renew'));
    await stage.run(library.exportHold(hold, { leaseMs: 60_000 }));
    if (!slow.hit) throw new Error('no request was slow');
    await stage.advance(25_000);
    return (await stage.tries(b)) === undefined;
  },
);

guarantee(
  'a portable hold: closing the process that has exported it does not release it',
  { without: 'export-released-at-closing' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(library.exportHold(await stage.acquires(a)));
    await stage.run(a.holdfast.close());
    return (await stage.tries(b)) === undefined;
  },
);

guarantee(
  'a portable hold: a stale export does not take what is free',
  { without: 'stale-export-takes-what-is-free' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const exported = await stage.run(library.exportHold(await stage.acquires(a)));
    await stage.run((await stage.run(library.adopt(b.holdfast, exported))).release());
    const { token } = stage.row();
    const again = await stage.run(library.adopt(b.holdfast, exported)).catch(() => undefined);
    return again === undefined && stage.row().token === token;
  },
);

guarantee(
  'a portable hold: what a process under a session has exported does not die with the session',
  { without: 'export-leaves-session' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const session = await stage.run(a.holdfast.session({ leaseMs: 6_000 }));
    const hold = await stage.run(a.holdfast.lock('it').acquire({ under: session }));
    await stage.run(library.exportHold(hold, { leaseMs: 60_000 }));
    await stage.run(session.close());
    return (await stage.tries(b)) === undefined;
  },
);
