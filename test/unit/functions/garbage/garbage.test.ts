import { beforeEach, describe, expect, test } from 'vitest';
import { isGarbage } from '../../../../functions/garbage/expired.ts';
import { restMs } from '../../../../functions/garbage/pace.ts';
import { readSettings } from '../../../../functions/garbage/settings.ts';
import * as present from '../../../../functions/garbage/sweep.ts';
import { evaluateCondition } from '../../../../lib/store/evaluate.ts';
import { MemoryStore } from '../../../../lib/store/memory-store.ts';
import { GARBAGE_KEY } from '../../../../lib/store/schema.ts';
import type { Store, WriteRequest, WriteResult } from '../../../../lib/store/store.ts';
import { set } from '../../../../lib/store/update.ts';
import type { Item, Key, Value } from '../../../../lib/store/value.ts';
import { VirtualClock } from '../../../../lib/testing/index.ts';
import { guarantee } from '../../../planted/control.ts';

const HOUR_SECONDS = 3_600;
const ROWS_PER_PAGE = 3;
const LIMITS = { budgetMs: 60_000, unitsPerSecond: 1_000 };

/** A table on virtual time, whose writes can be told to fail. */
class Fixture {
  readonly clock = new VirtualClock();
  readonly memory = new MemoryStore({ clock: this.clock });
  readonly scanned: (string | undefined)[] = [];
  /** What becomes of a write in place of the write. */
  intercept: (request: WriteRequest) => WriteResult | undefined = () => undefined;
  /** Done after each page, before its rows are deleted. */
  afterPage: () => Promise<void> = async () => {};
  unitsPerPage = 1;

  get nowSeconds(): number {
    return Math.floor(this.clock.wallMs() / 1_000);
  }

  get garbageKeys(): string[] {
    return this.memory.snapshot().flatMap(({ pk, sk }) => (pk === 'a' ? [sk] : []));
  }

  async put(sk: string, ttl: Value): Promise<void> {
    const result = await this.memory.write({ kind: 'put', item: { pk: 'a', sk, ttl } });
    expect(result.kind).toBe('applied');
  }

  /** Rows `00`, `01`, ..., all of them garbage. */
  async fill(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      await this.put(String(number).padStart(2, '0'), this.nowSeconds - 2 * HOUR_SECONDS);
    }
  }

  sweep(limits = LIMITS, library: Pick<typeof present, 'sweepGarbage'> = present) {
    const store: Store = {
      table: 'table',
      get: (request) => this.memory.get(request),
      query: (request) => this.memory.query(request),
      write: async (request) => this.intercept(request) ?? (await this.memory.write(request)),
    };
    const world: present.World = {
      store,
      clock: this.clock,
      scan: async (which, after) => {
        this.scanned.push(after?.sk);
        const all = this.memory
          .snapshot()
          .filter((row) => after === undefined || isBehind(row, after));
        const page = all.slice(0, ROWS_PER_PAGE);
        const rows = page.filter((row) => evaluateCondition(which, row));
        const last = all.length > ROWS_PER_PAGE ? page.at(-1) : undefined;
        await this.afterPage();
        return {
          rows: rows.map(({ pk, sk, ttl }) => ({ pk, sk, ttl: Number(ttl) })),
          next: last && { pk: last.pk, sk: last.sk },
          units: this.unitsPerPage,
        };
      },
    };
    return this.clock.run(library.sweepGarbage(world, limits));
  }
}

function isBehind(row: Key, after: Key): boolean {
  return row.pk > after.pk || (row.pk === after.pk && row.sk > after.sk);
}

let fixture: Fixture;
beforeEach(() => {
  fixture = new Fixture();
});

const unanswered = (kind: 'failed' | 'unknown', retryable = true): WriteResult => ({
  kind,
  failure: { reason: retryable ? 'throttled' : 'access-denied', retryable, message: 'no' },
});
const deletes = (sk: string) => (request: WriteRequest) =>
  request.kind === 'delete' && request.key.sk === sk;

describe('garbage', () => {
  test.each<readonly [string, (nowSeconds: number) => Value | undefined, boolean]>([
    ['expired hours ago', (now) => now - 2 * HOUR_SECONDS, true],
    ['expired within the hour', (now) => now - HOUR_SECONDS / 2, false],
    ['to live on', (now) => now + HOUR_SECONDS, false],
    ['with a time of six years ago', (now) => now - 6 * 365 * 86_400, false],
    ['with a time in milliseconds', (now) => now * 1_000, false],
    ['with a text that keeps it for ever', () => 'keep', false],
    ['without a time', () => undefined, false],
  ])('is a row %s: %#', (_, ttlOf, expected) => {
    const nowMs = fixture.clock.wallMs();
    const ttl = ttlOf(Math.floor(nowMs / 1_000));
    const row: Item = { pk: 'a', sk: 'b', ...(ttl !== undefined && { ttl }) };
    expect(evaluateCondition(isGarbage(nowMs), row)).toBe(expected);
  });
});

describe('a run', () => {
  test('deletes the garbage of the whole table, and leaves the rest', async () => {
    await fixture.fill(7);
    await fixture.put('live', fixture.nowSeconds + HOUR_SECONDS);
    await fixture.put('kept', 'keep');
    const report = await fixture.sweep();
    expect(report).toMatchObject({ outcome: 'passed', deleted: 7, spared: 0, failed: 0 });
    expect(report.units).toBe(report.pages * fixture.unitsPerPage + 7);
    expect(fixture.garbageKeys).toEqual(['kept', 'live']);
  });

  test('keeps to its rate and its time, and the next goes on where it stopped', async () => {
    await fixture.fill(12);
    const begunMs = fixture.clock.monotonicMs();
    // A page is 1 unit and its 3 rows are 3: 2 seconds at this rate, so 3 pages in 5 seconds.
    const limits = { budgetMs: 5_000, unitsPerSecond: 2 };
    const first = await fixture.sweep(limits);
    expect(first).toMatchObject({ outcome: 'paused', pages: 3 });
    expect(fixture.clock.monotonicMs() - begunMs).toBeLessThanOrEqual(5_000);
    const second = await fixture.sweep(limits);
    expect(second.outcome).toBe('passed');
    expect(fixture.garbageKeys).toEqual([]);
    const third = await fixture.sweep(limits);
    expect(third.passAgeMs).toBeLessThan(second.passAgeMs);
    const positions = fixture.scanned.filter((position) => position !== undefined);
    expect(positions).toEqual([...new Set(positions)]);
  });

  test('is one at a time, until a dead one has had its time', async () => {
    await fixture.fill(2);
    fixture.afterPage = async () => {
      throw new Error('killed');
    };
    await expect(fixture.sweep()).rejects.toThrow('killed');
    fixture.afterPage = async () => {};
    expect(await fixture.sweep()).toMatchObject({ outcome: 'busy', pages: 0 });
    await fixture.clock.advance(LIMITS.budgetMs + 1);
    expect(await fixture.sweep()).toMatchObject({ outcome: 'passed', deleted: 2 });
  });

  test('that took too long stops when another has begun', async () => {
    await fixture.fill(9);
    fixture.afterPage = async () => {
      fixture.afterPage = async () => {};
      await fixture.memory.write({ kind: 'update', key: GARBAGE_KEY, actions: [set('run', 99)] });
    };
    expect(await fixture.sweep()).toMatchObject({ outcome: 'overtaken', pages: 1 });
  });

  test.each(['failed', 'unknown'] as const)(
    'ends at a page of which a deletion is %s, and the next repeats it',
    async (kind) => {
      await fixture.fill(9);
      fixture.intercept = (request) => (deletes('04')(request) ? unanswered(kind) : undefined);
      // The first page begins with the cursor's own row, so that 04 is the last of the second.
      expect(await fixture.sweep()).toMatchObject({ outcome: 'paused', deleted: 4, failed: 1 });
      fixture.intercept = () => undefined;
      expect(await fixture.sweep()).toMatchObject({ outcome: 'passed', deleted: 5 });
    },
  );

  test('that may not delete says so', async () => {
    await fixture.fill(1);
    fixture.intercept = ({ kind }) => (kind === 'delete' ? unanswered('failed', false) : undefined);
    await expect(fixture.sweep()).rejects.toThrow('sweep the table: access-denied');
  });

  test('says what is wrong with a spoilt cursor', async () => {
    const item = { ...GARBAGE_KEY, passBegan: 'yesterday' };
    await fixture.memory.write({ kind: 'put', item });
    await expect(fixture.sweep()).rejects.toThrow('#garbage/cursor is spoilt');
  });
});

test('the rest after a page brings its units down to the rate', () => {
  const limits = { budgetMs: 0, unitsPerSecond: 100 };
  expect([restMs(50, 200, limits), restMs(50, 900, limits)]).toEqual([300, 0]);
});

test.each(['', '0', '-1', 'many'])('a rate of %j is refused', (units) => {
  const environment = { HOLDFAST_TABLE: 'table', HOLDFAST_GARBAGE_UNITS_PER_SECOND: units };
  expect(() => readSettings(environment)).toThrow('HOLDFAST_GARBAGE_UNITS_PER_SECOND');
});

guarantee(
  'garbage: a row whose owner comes back between its reading and its deletion stays',
  { without: 'garbage-deleted-unseen' },
  async (library) => {
    const world = new Fixture();
    await world.fill(1);
    const key = { pk: 'a', sk: '00' };
    world.afterPage = async () => {
      const ttl = set('ttl', world.nowSeconds + HOUR_SECONDS);
      await world.memory.write({ kind: 'update', key, actions: [ttl] });
    };
    const { spared, deleted } = await world.sweep(LIMITS, library);
    return world.garbageKeys.length === 1 && spared === 1 && deleted === 0;
  },
);

guarantee(
  'garbage: what could not be deleted is looked at again by the next run',
  { without: 'garbage-lost-with-a-page' },
  async (library) => {
    const world = new Fixture();
    await world.fill(9);
    world.intercept = (request) => (deletes('04')(request) ? unanswered('unknown') : undefined);
    await world.sweep(LIMITS, library);
    world.intercept = () => undefined;
    await world.sweep(LIMITS, library);
    return world.garbageKeys.length === 0;
  },
);
