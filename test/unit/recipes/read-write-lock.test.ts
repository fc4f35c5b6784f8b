import { describe, expect, test } from 'vitest';
import { guarantee } from '../../planted/control.ts';
import { Witness } from '../support/belief.ts';
import { poolRequest } from '../support/pool-request.ts';
import { Call } from '../support/pools.ts';
import { ReadWrites } from '../support/read-write.ts';

const ONE_WRITE = { requests: 1, readUnits: 0, writeUnits: 1 };

guarantee(
  'a read-write lock: readers who come later do not overtake a writer who waits',
  { without: 'pool-take-overtakes' },
  async (library) => {
    const stage = new ReadWrites(library);
    const [a, b, c] = await stage.stage.actors('a', 'b', 'c');
    await stage.reads(a);
    await stage.triesToRead(c).then((hold) => hold && stage.stage.run(hold.release()));
    await stage.joinsToWrite(b);
    return (await stage.triesToRead(c)) === undefined;
  },
);

guarantee(
  'a read-write lock: a writer who died in line keeps readers out for three seconds',
  { without: 'pool-dead-head-stays' },
  async (library) => {
    const stage = new ReadWrites(library);
    const [a, b, c] = await stage.stage.actors('a', 'b', 'c');
    const hold = await stage.reads(a);
    await stage.joinsToWrite(b);
    const call = new Call(stage.lock(c).read.acquire());
    await stage.stage.advance(500);
    b.die();
    await stage.stage.run(hold.release());
    return (await stage.within(call, 5_000)) !== undefined;
  },
);

guarantee(
  'a read-write lock: a reader becomes the writer only when alone',
  { without: 'pool-upgrade-beside-readers' },
  async (library) => {
    const stage = new ReadWrites(library);
    const [a, b] = await stage.stage.actors('a', 'b');
    const hold = await stage.reads(a);
    await stage.reads(b);
    await stage.stage.advance(500);
    const upgraded = await stage.stage.run(hold.tryUpgrade()).catch((error: unknown) => error);
    return upgraded === undefined && hold.remainingMs() > 0 && stage.isConsistent();
  },
);

guarantee(
  'a read-write lock: a reader does not become the writer before one who waits',
  { without: 'pool-upgrade-past-waiters' },
  async (library) => {
    const stage = new ReadWrites(library);
    const [a, b] = await stage.stage.actors('a', 'b');
    const hold = await stage.reads(a);
    await stage.joinsToWrite(b);
    await stage.stage.advance(500);
    return (await stage.stage.run(hold.tryUpgrade())) === undefined;
  },
);

guarantee(
  'a read-write lock: a downgrade that arrives again does not undo a later upgrade',
  { without: 'pool-change-unnumbered' },
  async (library) => {
    const stage = new ReadWrites(library);
    const [a] = await stage.stage.actors('a');
    const written = await stage.writes(a);
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 1_000 }, poolRequest('changed'));
    const read = await stage.stage.run(written.downgrade());
    const again = await stage.stage.run(read.tryUpgrade());
    if (again === undefined) throw new Error('not upgraded');
    await stage.stage.advance(1_500);
    return stage.row().free === 0;
  },
);

guarantee(
  'a read-write lock: a writer that lets readers in does not believe to write any more',
  { without: 'pool-downgraded-writer-believes' },
  async (library) => {
    const stage = new ReadWrites(library);
    const [a, b] = await stage.stage.actors('a', 'b');
    const witness = new Witness(stage.stage);
    const hold = witness.watch(await stage.writes(a));
    await stage.stage.run(hold.downgrade());
    witness.watch(await stage.reads(b));
    return witness.ownersMax === 1;
  },
);

describe('a read-write lock', () => {
  test('lets many read or one write, at one request of one unit', async () => {
    const stage = new ReadWrites();
    const [a, b, c] = await stage.stage.actors('a', 'b', 'c');
    await stage.stage.run((await stage.reads(a)).release());
    stage.stage.ledger.clear();
    const hold = await stage.writes(a);
    expect(stage.stage.ledger.bill()).toEqual(ONE_WRITE);
    stage.stage.ledger.clear();
    const read = await stage.stage.run(hold.downgrade());
    expect(stage.stage.ledger.bill()).toEqual(ONE_WRITE);
    const readers = [await stage.reads(b), await stage.reads(c)];
    const attempt = await stage.stage.run(stage.lock(b).write.tryAcquire());
    expect(attempt).toEqual({ acquired: false, readers: 3, waiting: 0 });
    for (const each of readers) await stage.stage.run(each.release());
    stage.stage.ledger.clear();
    const written = await stage.stage.run(read.tryUpgrade());
    // The token that it proposed was behind those of the other readers or not: 1, at most 2.
    expect(stage.stage.ledger.bill().requests).toBeLessThanOrEqual(2);
    expect(written?.token).toBeGreaterThan(read.token);
    expect(await stage.stage.run(read.release())).toEqual({ outcome: 'already-released' });
    expect(stage.row().free).toBe(0);
    stage.stage.ledger.clear();
    expect(await stage.stage.run(written?.release() ?? Promise.reject())).toEqual({
      outcome: 'released',
    });
    expect(stage.stage.ledger.bill()).toEqual(ONE_WRITE);
    expect(stage.row()).toMatchObject({ free: 64, limit: 64 });
  });

  test('upgrades a reader who is alone in one request of one unit', async () => {
    const stage = new ReadWrites();
    const [a] = await stage.stage.actors('a');
    const hold = await stage.reads(a);
    stage.stage.ledger.clear();
    expect(await stage.stage.run(hold.tryUpgrade())).toBeDefined();
    expect(stage.stage.ledger.bill()).toEqual(ONE_WRITE);
  });

  test('upgrades once a dead reader’s lease is over', async () => {
    const stage = new ReadWrites();
    const [a, b] = await stage.stage.actors('a', 'b');
    const hold = await stage.reads(a);
    await stage.reads(b);
    b.die();
    await stage.stage.advance(30_000);
    expect(await stage.stage.run(hold.tryUpgrade())).toBeDefined();
    expect(stage.row()).toMatchObject({ free: 0, seats: 63 });
  });

  test.each(['lose-answer', 'drop'] as const)(
    'knows its own upgrade and downgrade again after: %s',
    async (kind) => {
      const stage = new ReadWrites();
      const [a] = await stage.stage.actors('a');
      const read = await stage.reads(a);
      a.network.onNextWrite({ kind }, poolRequest('changed'));
      const written = await stage.stage.run(read.tryUpgrade(), 10_000);
      expect(written?.token).toBe(stage.row().token);
      a.network.onNextWrite({ kind }, poolRequest('changed'));
      const reading = await stage.stage.run(
        written?.downgrade() ?? Promise.reject(new Error('not upgraded')),
        10_000,
      );
      expect(stage.row().free).toBe(63);
      await stage.stage.run(reading.release());
      expect(stage.row().free).toBe(64);
    },
  );

  test('serves all readers behind a writer at once', async () => {
    const stage = new ReadWrites();
    const [a, ...readers] = await stage.stage.actors('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    const hold = await stage.writes(a);
    const calls = readers.map((reader) => new Call(stage.lock(reader).read.acquire()));
    await stage.stage.advance(1_000);
    await stage.stage.run(hold.release());
    await stage.stage.advance(750);
    expect(calls.filter(({ result }) => result !== undefined)).toHaveLength(7);
    expect(stage.isConsistent()).toBe(true);
  });

  test('tells a writer that was taken for dead, also when it converts', async () => {
    const stage = new ReadWrites();
    const [a, b] = await stage.stage.actors('a', 'b');
    const hold = await stage.writes(a);
    a.network.isolate();
    await stage.stage.advance(20_000);
    await stage.reads(b);
    a.network.heal();
    await expect(hold.downgrade()).rejects.toMatchObject({ code: 'lease-lost' });
    expect(stage.row().holders.size).toBe(1);
  });

  test('fences a writer’s writes by a token above those of all writers before', async () => {
    const stage = new ReadWrites();
    const [a, b] = await stage.stage.actors('a', 'b');
    const first = await stage.writes(a);
    await stage.stage.run(first.release());
    const second = await stage.writes(b);
    expect(second.token).toBeGreaterThan(first.token);
    const fenced = second.fence({ Item: { id: '7' } });
    expect(fenced.Item).toEqual({ id: '7', fence: second.token });
  });
});
