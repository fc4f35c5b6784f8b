import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Attribute, Attributes } from '../../../lib/store/attribute.ts';
import * as on from '../../../lib/store/condition.ts';
import type { ItemClause, ItemStore, ItemWrite } from '../../../lib/store/item-store.ts';
import type { Store, WriteRequest, WriteResult } from '../../../lib/store/store.ts';
import { remove, set } from '../../../lib/store/update.ts';
import type { Item, Key, Path, Value } from '../../../lib/store/value.ts';

/** The one table of users' items there is on it, and the names of its key. */
export const ITEM_TABLES = { items: ['pk', 'sk'] } as const;

/** The key of an item, out of the way of the library's own rows. */
export function itemKey(name: string): { readonly pk: string; readonly sk: string } {
  return { pk: `item#${name}`, sk: 'item' };
}

/**
 * Items of users in the table that the library has its rows in, so that whatever befalls requests
 * there befalls these, too. Values are those that rows can have.
 */
export function itemsOver(store: Store): ItemStore {
  return {
    async get({ key }, options) {
      const result = await store.get({ key: keyOf(key), consistent: true }, options);
      return result.kind === 'found' ? { ...result, item: attributesOf(result.item) } : result;
    },
    async write(request, options): ReturnType<ItemStore['write']> {
      const result: WriteResult = await store.write(requestOf(request), options);
      if (result.kind !== 'applied' && result.kind !== 'refused') return result;
      return { ...result, item: result.item && attributesOf(result.item) };
    },
    query: unused,
    transactWrite: unused,
    transactGet: unused,
  };
}

function unused(): Promise<never> {
  return Promise.reject(new Error('locked items are read and written one by one'));
}

function requestOf(request: ItemWrite): WriteRequest {
  const key = keyOf(request.key);
  const condition = on.and(...(request.condition ?? []).map(conditionOf));
  switch (request.kind) {
    case 'put':
      return { kind: 'put', item: { ...itemOf(request.item), ...key }, condition };
    case 'delete':
      return { kind: 'delete', key, condition };
    case 'update': {
      const sets = Object.entries(itemOf(request.set ?? {})).map(([name, value]) =>
        set(name, value),
      );
      const removes = (request.remove ?? []).map((name) => remove(name));
      return { kind: 'update', key, actions: [...sets, ...removes], condition };
    }
  }
}

function conditionOf(clause: ItemClause): on.Condition {
  switch (clause.kind) {
    case 'exists':
      return on.exists(pathOf(clause.path));
    case 'absent':
      return on.absent(pathOf(clause.path));
    case 'equals':
      return on.equals(pathOf(clause.path), asValue(clause.value));
    case 'below':
      return on.compare(pathOf(clause.path), '<', clause.value);
    case 'any':
      return on.or(...clause.of.map(conditionOf));
  }
}

function pathOf([first = '', ...rest]: readonly string[]): Path {
  return [first, ...rest];
}

function keyOf(key: Attributes): Key {
  const { pk, sk } = itemOf(key);
  return { pk: String(pk), sk: String(sk) };
}

function asValue(attribute: Attribute): Value {
  return itemOf({ it: attribute }).it ?? null;
}

function itemOf(attributes: Attributes): Item {
  return unmarshall(attributes as Parameters<typeof unmarshall>[0]) as Item;
}

function attributesOf(item: Item): Attributes {
  return marshall(item) as Attributes;
}
