import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Attributes } from '../../lib/store/attribute.ts';
import {
  compare,
  absent as fieldAbsent,
  equals as fieldEquals,
  or,
} from '../../lib/store/condition.ts';
import { DynamoItemStore } from '../../lib/store/dynamo-item-store.ts';
import { absent, equals, type ItemStore } from '../../lib/store/item-store.ts';
import type { ItemTransaction, ItemTransactionPart } from '../../lib/store/item-transaction.ts';
import { MemoryItemStore } from '../../lib/store/memory-item-store.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import { attributesOfRow } from '../../lib/store/row-attributes.ts';
import type { Store } from '../../lib/store/store.ts';
import { copy, remove, set } from '../../lib/store/update.ts';
import { type Capability, lackOf } from './capabilities.ts';
import { ENGINES, freshKey as freshRow, TABLE as ROWS, useEngine } from './engines.ts';
import { createItemTable } from './item-table.ts';

const TABLE = 'native-items';

let keys = 0;
function fresh(): { readonly table: string; readonly key: Attributes } {
  keys += 1;
  return { table: TABLE, key: { id: { S: `native-${process.pid}-${keys}` } } };
}

function freshToken(): string {
  keys += 1;
  return `token-${process.pid}-${keys}`;
}

const ONE = { value: { N: '1' } };
const TWO = { value: { N: '2' } };

for (const engine of ENGINES) {
  describe(`native transactions of ${engine.name}`, () => {
    const running = useEngine(engine);
    let store: ItemStore;
    let rows: Store;
    let units = 0;
    // In memory they are part of the item store, though not of the other one.
    const lackOfItems = (capability: Capability) =>
      engine.name === 'memory' ? undefined : lackOf(engine.name, capability);
    const why = engine.unavailable ?? lackOfItems('transactions');

    beforeAll(async () => {
      if (engine.unavailable !== undefined) return;
      const { client, openStore } = running();
      const onRequest = ({ capacityUnits = 0 }) => {
        units = capacityUnits;
      };
      if (client === undefined) {
        const memory = new MemoryStore({ table: ROWS });
        rows = memory;
        store = new MemoryItemStore({ rows: memory, onRequest, dateMs: () => 0 });
        return;
      }
      rows = openStore();
      store = new DynamoItemStore({ client, onRequest });
      await createItemTable(new DynamoDBClient(client), TABLE);
    });

    /** The result without its date, which is another one each time. */
    const send = async (request: ItemTransaction) => {
      const { dateMs: _, ...result } = await store.transactWrite(request);
      return result;
    };
    const write = (...parts: readonly ItemTransactionPart[]) =>
      send({ parts, token: freshToken() });

    test('put, change, delete and check as one', async (context) => {
      if (why !== undefined) context.skip(why);
      const [a, b, c, d] = [fresh(), fresh(), fresh(), fresh()];
      for (const at of [b, c]) {
        await store.write({ kind: 'put', ...at, item: { ...at.key, ...ONE, old: { S: 'x' } } });
      }
      const isOne = [equals(['value'], { N: '1' })];
      const result = await write(
        { kind: 'put', ...a, item: { ...a.key, ...ONE }, condition: [absent('id')] },
        { kind: 'update', ...b, set: TWO, remove: ['old'], condition: isOne },
        { kind: 'delete', ...c, condition: isOne },
        { kind: 'check', ...d, condition: [absent('id')] },
      );
      expect(result).toEqual({ kind: 'applied' });
      const read = await store.transactGet([a, b, c, d]);
      const items = [{ ...a.key, ...ONE }, { ...b.key, ...TWO }, undefined, undefined];
      expect(read).toEqual({ kind: 'read', items });
    });

    test('does nothing if one condition does not hold, and shows which', async (context) => {
      if (why !== undefined) context.skip(why);
      const [a, b, c] = [fresh(), fresh(), fresh()];
      const item = { ...b.key, ...ONE };
      await store.write({ kind: 'put', ...b, item });
      const result = await write(
        { kind: 'put', ...a, item: { ...a.key, ...ONE } },
        { kind: 'update', ...b, set: TWO, condition: [equals(['value'], { N: '7' })] },
        { kind: 'check', ...c, condition: [equals(['value'], { N: '7' })] },
      );
      const reasons = [
        { kind: 'none' },
        { kind: 'refused', item },
        { kind: 'refused', item: undefined },
      ];
      expect(result).toEqual({ kind: 'cancelled', reasons });
      expect(await store.get(a)).toMatchObject({ kind: 'missing' });
    });

    test('takes effect once, however often it is sent with one token', async (context) => {
      if (why !== undefined) context.skip(why);
      const at = fresh();
      const token = freshToken();
      const put = { kind: 'put', ...at, item: { ...at.key, ...ONE } } as const;
      const request = { token, parts: [{ ...put, condition: [absent('id')] }] };
      expect(await send(request)).toEqual({ kind: 'applied' });
      await store.write({ kind: 'delete', ...at });
      expect(await send(request)).toEqual({ kind: 'applied' });
      expect(await store.get(at)).toMatchObject({ kind: 'missing' });
    });

    test('tries again with a token under which it was cancelled', async (context) => {
      if (why !== undefined) context.skip(why);
      const at = fresh();
      const item = { ...at.key, ...ONE };
      const condition = [absent('id')];
      const request = {
        token: freshToken(),
        parts: [{ kind: 'update', ...at, set: TWO, condition } as const],
      };
      await store.write({ kind: 'put', ...at, item });
      const refused = { kind: 'cancelled', reasons: [{ kind: 'refused', item }] };
      expect(await send(request)).toEqual(refused);
      await store.write({ kind: 'delete', ...at });
      expect(await send(request)).toEqual({ kind: 'applied' });
    });

    test('checks a row of the library', async (context) => {
      if (why !== undefined) context.skip(why);
      const key = freshRow();
      await rows.write({ kind: 'put', item: { ...key, token: 5 } });
      const check = (token: number): ItemTransactionPart => {
        const condition = fieldEquals('token', token);
        return { kind: 'row-check', table: ROWS, key, condition };
      };
      const at = fresh();
      const put = { kind: 'put', ...at, item: at.key } as const;
      const refused = { kind: 'refused', item: undefined };
      const reasons = [{ kind: 'none' }, refused];
      expect(await write(put, check(4))).toEqual({ kind: 'cancelled', reasons });
      expect(await write(put, check(5))).toEqual({ kind: 'applied' });
    });

    test('changes rows of the library, or none, and shows what refuses', async (context) => {
      if (why !== undefined) context.skip(why);
      const [key, other] = [freshRow(), freshRow()];
      const row = { ...key, owner: 'a', queue: ['x', 'y'], token: 5 };
      await rows.write({ kind: 'put', item: row });
      const change = (of: typeof key, below: number, queued: number): ItemTransactionPart => {
        const condition = or(fieldAbsent('token'), compare('token', '<', below));
        const positions = [remove(['queue', 0])].slice(0, queued);
        const actions = [copy('takenFrom', 'owner', 'nobody'), set('owner', 'b'), ...positions];
        return { kind: 'row-update', table: ROWS, key: of, actions, condition };
      };
      const refused = { kind: 'refused', item: attributesOfRow(row) };
      const reasons = [{ kind: 'none' }, refused];
      const cancelled = await write(change(other, 5, 0), change(key, 5, 1));
      expect(cancelled).toEqual({ kind: 'cancelled', reasons });
      expect(await rows.get({ key: other, consistent: true })).toMatchObject({ kind: 'missing' });
      const applied = await write(change(other, 6, 0), change(key, 6, 1));
      expect(applied).toEqual({ kind: 'applied' });
      const read = [key, other].map((each) => rows.get({ key: each, consistent: true }));
      expect(await Promise.all(read)).toMatchObject([
        { item: { ...row, owner: 'b', queue: ['y'], takenFrom: 'a' } },
        { item: { ...other, owner: 'b', takenFrom: 'nobody' } },
      ]);
    });

    test('says what time it is, whatever the answer', async (context) => {
      const lack = why ?? lackOfItems('date header');
      if (lack !== undefined) context.skip(lack);
      const at = fresh();
      const put = { kind: 'put', ...at, item: at.key, condition: [absent('id')] } as const;
      for (const kind of ['applied', 'cancelled']) {
        const result = await store.transactWrite({ parts: [put], token: freshToken() });
        expect(result).toMatchObject({ kind, dateMs: expect.any(Number) });
      }
    });

    test('takes a hundred items', async (context) => {
      const lack = why ?? lackOfItems('transactions of 100 items');
      if (lack !== undefined) context.skip(lack);
      const all = Array.from({ length: 100 }, fresh);
      const parts = all.map((at) => ({ kind: 'put', ...at, item: at.key }) as const);
      expect(await write(...parts)).toEqual({ kind: 'applied' });
      expect(await store.transactGet(all)).toEqual({
        kind: 'read',
        items: all.map(({ key }) => key),
      });
    });

    test('costs 2 units for each item, written, checked or read', async (context) => {
      if (why !== undefined) context.skip(why);
      const [a, b] = [fresh(), fresh()];
      await write(
        { kind: 'put', ...a, item: a.key },
        { kind: 'check', ...b, condition: [absent('id')] },
      );
      expect(units).toBe(4);
      await store.transactGet([a, b]);
      expect(units).toBe(4);
    });

    test('name the table that is not there, or say that they are not', async (context) => {
      if (engine.name === 'memory') context.skip('it has every table');
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      const at = { table: 'nowhere', key: fresh().key };
      const lack = lackOfItems('transactions');
      const reason = lack === undefined ? 'table-missing' : 'unsupported';
      const failure = { reason, retryable: false };
      expect(await store.transactGet([at])).toMatchObject({ kind: 'failed', failure });
      const written = await write({ kind: 'put', ...at, item: at.key });
      expect(written).toMatchObject({ kind: 'failed', failure });
    });
  });
}
