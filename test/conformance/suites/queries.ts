import { expect } from 'vitest';
import type { QueryRequest, Store } from '../../../lib/store/store.ts';
import type { StoreFixture, StoreTest } from './harness.ts';

type Wishes = Omit<QueryRequest, 'pk' | 'consistent'>;

/** Reading one partition: which rows, in which order, and in how many pages. */
export function querySuite(testOn: StoreTest): void {
  rangeTests(testOn);
  pageTests(testOn);
  refusalTests(testOn);
}

function rangeTests(testOn: StoreTest): void {
  testOn('a query reads one partition, ordered by sort key', async (fixture) => {
    await fill(fixture, ['b', 'a', 'c', 'ab', 'Z', '1']);
    const stranger = { pk: `${fixture.key.pk}#`, sk: 'a' };
    await fixture.given({ stranger: true }, stranger);
    expect(await sorted(fixture)).toEqual(['1', 'Z', 'a', 'ab', 'b', 'c']);
    expect(await sorted(fixture, { order: 'descending' })).toEqual([
      ...['c', 'b', 'ab', 'a', 'Z', '1'],
    ]);
  });

  testOn('a query of an empty partition is one empty page', async ({ store, key }) => {
    const result = await store.query({ pk: key.pk, consistent: false });
    expect(result).toMatchObject({ kind: 'page', items: [] });
    expect(result).not.toHaveProperty('next', expect.anything());
  });

  testOn('a query by prefix reads what begins with it', async (fixture) => {
    await fill(fixture, ['a', 'ab', 'abc', 'ac', 'b']);
    expect(await sorted(fixture, { range: { prefix: 'ab' } })).toEqual(['ab', 'abc']);
    expect(await sorted(fixture, { range: { prefix: 'x' } })).toEqual([]);
    const backwards = { range: { prefix: 'a' }, order: 'descending' } as const;
    expect(await sorted(fixture, backwards)).toEqual(['ac', 'abc', 'ab', 'a']);
  });

  testOn('a query by range includes both of its ends', async (fixture) => {
    await fill(fixture, ['a', 'b', 'ba', 'c', 'd']);
    expect(await sorted(fixture, { range: { from: 'b', to: 'c' } })).toEqual(['b', 'ba', 'c']);
    expect(await sorted(fixture, { range: { from: 'bb', to: 'bz' } })).toEqual([]);
    expect(await sorted(fixture, { range: { from: 'd', to: 'd' } })).toEqual(['d']);
  });

  testOn('a query shows whole rows, as they are after the last write', async (fixture) => {
    const { store, key } = fixture;
    await fixture.given({ list: [1, { deep: null }], flag: true });
    const write = { kind: 'put', item: { ...key, count: 2 } } as const;
    expect(await store.write(write)).toMatchObject({ kind: 'applied' });
    const result = await store.query({ pk: key.pk, consistent: true });
    expect(result).toMatchObject({ kind: 'page', items: [{ ...key, count: 2 }] });
  });
}

function pageTests(testOn: StoreTest): void {
  const names = Array.from({ length: 7 }, (_, n) => `row-${n}`);

  testOn('a query goes on where its last page ended, forwards and backwards', async (fixture) => {
    await fill(fixture, names);
    const { store, key } = fixture;
    for (const order of ['ascending', 'descending'] as const) {
      const expected = order === 'ascending' ? names : names.toReversed();
      const first = await store.query({ pk: key.pk, consistent: true, limit: 3, order });
      expect(first).toMatchObject({ kind: 'page', next: expected[2] });
      expect(await sorted(fixture, { limit: 3, order })).toEqual(expected);
    }
  });

  testOn('a limit holds within a range, and its pages end', async (fixture) => {
    await fill(fixture, names);
    const range = { from: 'row-1', to: 'row-5' };
    expect(await sorted(fixture, { range, limit: 2 })).toEqual(names.slice(1, 6));
    expect(await sorted(fixture, { range, limit: 5 })).toEqual(names.slice(1, 6));
  });

  testOn('a page ends at 1 MB, and another one follows', async (fixture) => {
    const { store, key } = fixture;
    const value = 'x'.repeat(300 * 1_024);
    for (const name of names.slice(0, 5)) await fixture.given({ value }, { pk: key.pk, sk: name });
    const first = await store.query({ pk: key.pk, consistent: true });
    if (first.kind === 'failed') throw new Error(first.failure.message);
    expect(first.items.length).toBeLessThan(5);
    expect(await sorted(fixture)).toEqual(names.slice(0, 5));
  });

  testOn(
    'a query costs by the size of its page as a whole',
    async (fixture) => {
      const units: (number | undefined)[] = [];
      const store = fixture.open(({ capacityUnits }) => units.push(capacityUnits));
      for (const name of names) {
        await fixture.given({ value: 'x'.repeat(1_000) }, { pk: fixture.key.pk, sk: name });
      }
      units.length = 0;
      await store.query({ pk: fixture.key.pk, consistent: true });
      await store.query({ pk: fixture.key.pk, consistent: false });
      expect(units).toEqual([2, 1]);
    },
    'consumed capacity',
  );
}

function refusalTests(testOn: StoreTest): void {
  testOn('a query that cannot be meant so is refused before it is sent', async ({ open, key }) => {
    let requests = 0;
    const store = open(() => {
      requests += 1;
    });
    const query = { pk: key.pk, consistent: true };
    const wrong: QueryRequest[] = [
      { ...query, pk: '' },
      { ...query, range: { prefix: '' } },
      { ...query, range: { from: 'b', to: 'a' } },
      { ...query, range: { from: 'a', to: 'x'.repeat(1_025) } },
      { ...query, limit: 0 },
      { ...query, limit: 1.5 },
      { ...query, after: '' },
    ];
    for (const request of wrong) {
      expect(await store.query(request)).toMatchObject({
        kind: 'failed',
        failure: { reason: 'invalid-request', retryable: false },
      });
    }
    const signal = AbortSignal.abort(new Error('enough'));
    expect(await store.query(query, { signal })).toMatchObject({
      kind: 'failed',
      failure: { reason: 'aborted', cause: signal.reason },
    });
    expect(requests).toBe(0);
  });
}

async function fill({ key, given }: StoreFixture, names: readonly string[]): Promise<void> {
  for (const sk of names) await given({ name: sk }, { pk: key.pk, sk });
}

/** The sort keys of all rows that the query shows, in its order, page by page. */
async function sorted(fixture: StoreFixture, wishes: Wishes = {}): Promise<string[]> {
  const query = { ...wishes, pk: fixture.key.pk, consistent: true };
  const found: string[] = [];
  for (let page = await read(fixture.store, query); ; ) {
    expect(page.items.length).toBeLessThanOrEqual(wishes.limit ?? Number.POSITIVE_INFINITY);
    found.push(...page.items.map(({ sk }) => String(sk)));
    if (page.next === undefined) return found;
    page = await read(fixture.store, { ...query, after: page.next });
  }
}

async function read(store: Store, request: QueryRequest) {
  const result = await store.query(request);
  if (result.kind === 'failed') throw new Error(result.failure.message);
  return result;
}
