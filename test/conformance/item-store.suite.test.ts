import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Attributes } from '../../lib/store/attribute.ts';
import { DynamoItemStore } from '../../lib/store/dynamo-item-store.ts';
import {
  absent,
  any,
  below,
  equals,
  exists,
  type ItemStore,
  type ItemWrite,
} from '../../lib/store/item-store.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import type { Answer } from '../../lib/store/store.ts';
import { ENGINES, useEngine } from './engines.ts';

const TABLE = 'item-store';
const SORTED = 'item-store-sorted';

let keys = 0;
function freshKey(): Attributes {
  keys += 1;
  return { id: { S: `item-${process.pid}-${keys}` } };
}

/** Everything that JavaScript's own values would lose. */
const HARD: Attributes = {
  big: { N: '12345678901234567890123456789012345678' },
  exact: { N: '0.1234567890123456789' },
  words: { SS: ['b', 'a'] },
  numbers: { NS: ['3', '1.5'] },
  blobs: { BS: [new Uint8Array([1, 2])] },
  bytes: { B: new Uint8Array([0, 255]) },
  nested: { M: { list: { L: [{ NULL: true }, { BOOL: false }] } } },
};

for (const engine of ENGINES) {
  describe(`the item store of ${engine.name}`, () => {
    const running = useEngine(engine);
    let store: ItemStore;

    beforeAll(async () => {
      if (engine.unavailable !== undefined) return;
      const { client } = running();
      store = undated(
        client === undefined ? new MemoryItemStore() : new DynamoItemStore({ client }),
      );
      if (client !== undefined) await createTables(new DynamoDBClient(client));
    });

    test('keeps every attribute as it was written', async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const key = freshKey();
      const item = { ...key, ...HARD };
      await store.write({ kind: 'put', table: TABLE, key, item });
      const read = await store.get({ table: TABLE, key });
      const found = read.kind === 'found' ? read.item : {};
      expect({ ...found, words: sorted(found.words), numbers: sorted(found.numbers) }).toEqual({
        ...item,
        words: { SS: ['a', 'b'] },
        numbers: { NS: ['1.5', '3'] },
      });
    });

    test('writes under conditions, and shows what refused', async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const key = freshKey();
      const at = { table: TABLE, key };
      const lock = { M: { id: { S: 'x' }, n: { N: '0' } } };
      const insert = { kind: 'update', ...at, set: { lock }, condition: [absent('id')] } as const;
      expect(await store.write(insert)).toEqual({ kind: 'applied', item: { ...key, lock } });
      expect(await store.write(insert)).toEqual({ kind: 'refused', item: { ...key, lock } });
      const isOurs = [
        exists('id'),
        equals(['lock', 'id'], { S: 'x' }),
        equals(['lock', 'n'], { N: '0' }),
      ];
      const notOurs = [...isOurs, equals(['lock', 'n'], { N: '1' })];
      const other = { kind: 'delete', ...at, condition: notOurs } as const;
      expect((await store.write(other)).kind).toBe('refused');
      const set = { value: { N: '1' } };
      const change = { kind: 'update', ...at, set, remove: ['lock'], condition: isOurs } as const;
      expect(await store.write(change)).toEqual({ kind: 'applied', item: { ...key, ...set } });
      expect((await store.write(change)).kind).toBe('refused');
      const remove = { kind: 'delete', ...at, condition: [absent('lock')] } as const;
      expect(await store.write(remove)).toEqual({ kind: 'applied', item: undefined });
      expect(await store.get(at)).toEqual({ kind: 'missing' });
      const patch = { kind: 'update', ...at, set, condition: [exists('id')] } as const;
      expect(await store.write(patch)).toEqual({ kind: 'refused', item: undefined });
    });

    test('compares numbers, and asks for one of several things', async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const at = { table: TABLE, key: freshKey() };
      const lock = { M: { until: { N: '1795896051000.5' }, n: { N: '9' } } };
      await store.write({ kind: 'update', ...at, set: { lock, n: { N: '9' } } });
      const asks = async (...condition: NonNullable<ItemWrite['condition']>) =>
        (await store.write({ kind: 'update', ...at, set: {}, condition })).kind;
      expect(await asks(below(['n'], 10))).toBe('applied');
      expect(await asks(below(['n'], 9))).toBe('refused');
      expect(await asks(below(['lock', 'until'], 1_795_896_051_001))).toBe('applied');
      expect(await asks(below(['lock', 'until'], 1_795_896_051_000))).toBe('refused');
      expect(await asks(below(['none'], 10))).toBe('refused');
      expect(await asks(below(['lock', 'none'], 10))).toBe('refused');
      expect(await asks(any(absent('n'), below(['n'], 10)), exists('lock'))).toBe('applied');
      expect(await asks(any(absent('n'), below(['n'], 10)), absent('lock'))).toBe('refused');
      expect(await asks(any(absent('n'), absent('lock')))).toBe('refused');
      expect(await asks(any(exists('n')))).toBe('applied');
    });

    test('queries ranges of a partition in the order of the sort key', async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const { id } = freshKey();
      if (id === undefined) throw new Error('a key');
      for (const number of [10, 9, -1]) {
        const key = { id, at: { N: `${number}` } };
        await store.write({ kind: 'put', table: SORTED, key, item: key });
      }
      const query = { table: SORTED, partition: ['id', id] } as const;
      const numbersOf = async (request: Parameters<ItemStore['query']>[0]) => {
        const page = await store.query(request);
        return page.kind === 'page' ? page.items.map(({ at }) => at) : [];
      };
      expect(await numbersOf(query)).toEqual([{ N: '-1' }, { N: '9' }, { N: '10' }]);
      const sort = { name: 'at', from: { N: '0' }, to: { N: '9' } } as const;
      expect(await numbersOf({ ...query, sort })).toEqual([{ N: '9' }]);
    });

    test('says what is wrong with a table that is not there', async (context) => {
      if (engine.name === 'memory') context.skip('it has every table');
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const failure = { reason: 'table-missing', retryable: false };
      const read = await store.get({ table: 'nowhere', key: freshKey() });
      expect(read).toMatchObject({ kind: 'failed', failure });
    });

    test('refuses an item above 400 KB', async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const key = freshKey();
      const item = { ...key, text: { S: 'x'.repeat(410 * 1_024) } };
      const written = await store.write({ kind: 'put', table: TABLE, key, item });
      const failure = { reason: 'invalid-request' };
      expect(written).toMatchObject({ kind: 'failed', failure });
    });
  });
}

/** Without the time of the answers, which no test can know. */
function undated(inner: ItemStore): ItemStore {
  const strip = <Result extends Answer>({ dateMs: _, ...rest }: Result) => rest as Result;
  return {
    get: async (...call) => strip(await inner.get(...call)),
    query: (...call) => inner.query(...call),
    write: async (...call) => strip(await inner.write(...call)),
    transactWrite: (...call) => inner.transactWrite(...call),
    transactGet: (...call) => inner.transactGet(...call),
  };
}

function sorted(attribute: Attributes[string] | undefined): unknown {
  if (attribute !== undefined && 'SS' in attribute) return { SS: attribute.SS.toSorted() };
  if (attribute !== undefined && 'NS' in attribute) return { NS: attribute.NS.toSorted() };
  return attribute;
}

async function createTables(client: DynamoDBClient): Promise<void> {
  const text = { AttributeName: 'id', AttributeType: 'S' } as const;
  const number = { AttributeName: 'at', AttributeType: 'N' } as const;
  const hash = { AttributeName: 'id', KeyType: 'HASH' } as const;
  const range = { AttributeName: 'at', KeyType: 'RANGE' } as const;
  const BillingMode = 'PAY_PER_REQUEST';
  await client.send(
    new CreateTableCommand({
      ...{ TableName: TABLE, BillingMode, AttributeDefinitions: [text], KeySchema: [hash] },
    }),
  );
  await client.send(
    new CreateTableCommand({
      ...{ TableName: SORTED, BillingMode },
      ...{ AttributeDefinitions: [text, number], KeySchema: [hash, range] },
    }),
  );
  client.destroy();
}
