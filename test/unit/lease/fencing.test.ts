import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Holdfast, InvalidArgumentError, type LockHold } from '../../../lib/index.ts';
import { fenceInput } from '../../../lib/lease/fencing.ts';
import { guarantee } from '../../planted/control.ts';
import { type Library, loadLibrary } from '../../planted/load.ts';
import { Stage } from '../support/stage.ts';
import { FenceTable } from './fence-table.ts';

let table: FenceTable;
beforeAll(async () => {
  table = await FenceTable.start();
});
afterAll(() => table[Symbol.asyncDispose]());

/** Two successive holds of one lock: the first has been paused, the second is the owner. */
async function successiveHolds(library: Library): Promise<[stale: LockHold, current: LockHold]> {
  const stage = new Stage(library);
  const [a, b] = await stage.actors('a', 'b');
  const stale = await stage.acquires(a);
  a.clock.pause();
  await stage.advance(20_000);
  const current = await stage.tries(b);
  if (current === undefined) throw new Error('the lock was not taken');
  return [stale, current];
}

function setTitle(title: string, more: { ConditionExpression?: string } = {}) {
  return {
    TableName: table.TableName,
    Key: table.nextKey(),
    UpdateExpression: 'SET title = :title',
    ExpressionAttributeValues: { ':title': title },
    ...more,
  };
}

guarantee(
  'an update by a holder that has been replaced is refused',
  { without: 'no-fence-compare' },
  async (library) => {
    const [stale, current] = await successiveHolds(library);
    const input = setTitle('title');
    if (!(await table.update(current.fence(input)))) throw new Error('the owner was refused');
    return !(await table.update(stale.fence(input)));
  },
);

guarantee(
  'a put by a holder that has been replaced is refused',
  { without: 'no-fence-compare' },
  async (library) => {
    const [stale, current] = await successiveHolds(library);
    const Item = { ...table.nextKey(), title: 'title' };
    const input = { TableName: table.TableName, Item };
    if (!(await table.replace(current.fence(input)))) throw new Error('the owner was refused');
    return !(await table.replace(stale.fence(input)));
  },
);

guarantee(
  'a holder may write an item as often as it likes',
  { without: 'fence-compare-strict' },
  async (library) => {
    const [, current] = await successiveHolds(library);
    const input = setTitle('title');
    const Item = { ...input.Key, title: 'other' };
    return (
      (await table.update(current.fence(input))) &&
      (await table.update(current.fence(input))) &&
      (await table.replace(current.fence({ TableName: table.TableName, Item })))
    );
  },
);

guarantee(
  'a fence weakens no condition of the caller’s own',
  { without: 'fence-precedence' },
  async (library) => {
    const [, current] = await successiveHolds(library);
    const ConditionExpression = 'title = :title OR attribute_exists(draft)';
    const input = setTitle('title', { ConditionExpression });
    await table.put({ ...input.Key, title: 'another', fence: 1 });
    return !(await table.update(current.fence(input)));
  },
);

describe('a fenced update, executed by an engine', () => {
  it.each([
    ['SET title = :v', { title: 'v' }],
    ['set title = :v', { title: 'v' }],
    ['SET title=:v, album = :v', { title: 'v', album: 'v' }],
    ['SET\n  title = :v', { title: 'v' }],
    ['SET #set = :v', { set: 'v' }],
    ['REMOVE draft SET title = :v', { title: 'v' }],
    ['SET title = :v REMOVE draft', { title: 'v' }],
    ['ADD tags :tags SET title = :v DELETE gone :tags', { title: 'v', tags: new Set(['a']) }],
  ])('keeps what the caller writes: %s', async (UpdateExpression, written) => {
    const Key = table.nextKey();
    await table.put({ ...Key, draft: 1 });
    const input = {
      TableName: table.TableName,
      Key,
      UpdateExpression,
      ...(UpdateExpression.includes('#set') && { ExpressionAttributeNames: { '#set': 'set' } }),
      ExpressionAttributeValues: {
        ':v': 'v',
        ...(UpdateExpression.includes(':tags') && { ':tags': new Set(['a']) }),
      },
    };
    expect(await table.update(fenceInput(input, 7, 'fence'))).toBe(true);
    const { draft, ...row } = (await table.get(Key)) ?? {};
    expect(row).toEqual({ ...Key, ...written, fence: 7 });
    expect(draft === undefined).toBe(UpdateExpression.includes('REMOVE'));
  });

  it.each([
    ['REMOVE draft', undefined],
    ['ADD draft :one', { ':one': 1 }],
  ])('gets a SET clause when it has none: %s', async (UpdateExpression, values) => {
    const Key = table.nextKey();
    await table.put({ ...Key, draft: 1 });
    const input = {
      TableName: table.TableName,
      Key,
      UpdateExpression,
      ...(values && { ExpressionAttributeValues: values }),
    };
    expect(await table.update(fenceInput(input, 7, 'fence'))).toBe(true);
    expect(await table.get(Key)).toMatchObject({ fence: 7 });
  });

  it.each([
    ['title = :old', true],
    ['title = :v OR title = :old', true],
    ['title = :v OR attribute_exists(draft)', false],
    ['(title = :v) OR (title = :old)', true],
    ['(title = :v OR title = :old)', true],
    ['title = :old AND (title = :v OR title = :old)', true],
    ['NOT (title = :v OR title = :old)', false],
    ['title BETWEEN :old AND :v', true],
    ['contains(#or, :old) OR attribute_not_exists(draft)', true],
    ['title IN (:v, :old) or title = :v', true],
  ])('is applied when the caller’s condition holds, only then: %s', async (condition, holds) => {
    const Key = table.nextKey();
    await table.put({ ...Key, title: 'old', or: 'x', fence: 5 });
    const input = {
      TableName: table.TableName,
      Key,
      UpdateExpression: 'SET album = :v',
      ConditionExpression: condition,
      ...(condition.includes('#or') && { ExpressionAttributeNames: { '#or': 'or' } }),
      ExpressionAttributeValues: {
        ':v': 'v',
        ...(condition.includes(':old') && { ':old': 'old' }),
      },
    };
    expect(await table.update(fenceInput(input, 4, 'fence'))).toBe(false);
    expect(await table.update(fenceInput(input, 5, 'fence'))).toBe(holds);
  });

  it('stamps under the name that the caller chooses', async () => {
    const library = await loadLibrary();
    const [stale, current] = await successiveHolds(library);
    const input = setTitle('title');
    const options = { attribute: 'size' };
    expect(await table.update(current.fence(input, options))).toBe(true);
    expect(await table.update(stale.fence(input, options))).toBe(false);
    expect(await table.get(input.Key)).toMatchObject({ size: current.token });
  });
});

describe('a fenced put, executed by an engine', () => {
  it('is applied when the caller’s condition holds, only then', async () => {
    const Item = { ...table.nextKey(), title: 'title' };
    const create = {
      TableName: table.TableName,
      Item,
      ConditionExpression: 'attribute_not_exists(id)',
    };
    expect(await table.replace(fenceInput(create, 5, 'fence'))).toBe(true);
    expect(await table.get({ id: Item.id })).toEqual({ ...Item, fence: 5 });
    expect(await table.replace(fenceInput(create, 6, 'fence'))).toBe(false);
  });
});

describe('a guard, executed by an engine', () => {
  it('holds until the hold is given up', async () => {
    const { clientConfig } = table;
    await using holdfast = new Holdfast({ table: 'coordination', clientConfig });
    await holdfast.createTable();
    const hold = await holdfast.lock('album/7').acquire();
    // The engine has no transactions: the guard's condition, on an update of the same row.
    const { ConditionCheck } = hold.guard();
    const probe = {
      ...ConditionCheck,
      UpdateExpression: 'SET probe = :probe',
      ExpressionAttributeValues: { ...ConditionCheck.ExpressionAttributeValues, ':probe': 1 },
    };
    expect(await table.update(probe)).toBe(true);
    await hold.release();
    expect(await table.update(probe)).toBe(false);
    const next = await holdfast.lock('album/7').acquire();
    expect(await table.update(probe)).toBe(false);
    expect(next.guard().ConditionCheck.Key).toEqual(ConditionCheck.Key);
  });
});

describe('a fence', () => {
  it('finds the SET clause without a space after it, as DynamoDB does', () => {
    const input = { Key: { id: 'a' }, UpdateExpression: 'REMOVE #a SET#set = :v' };
    expect(fenceInput(input, 1, 'fence').UpdateExpression).toBe(
      'REMOVE #a SET #holdfastFence = :holdfastToken, #set = :v',
    );
  });

  it('leaves the caller’s input as it was', () => {
    const input = Object.freeze({ Key: { id: 'a' }, UpdateExpression: 'SET a = :a' });
    expect(fenceInput(input, 1, 'fence')).not.toBe(input);
  });

  it.each([{ Key: { id: 'a' } }, {}])(
    'is refused to what is neither put nor update: %o',
    (input) => {
      expect(() => fenceInput(input, 1, 'fence')).toThrow(InvalidArgumentError);
      expect(() => fenceInput(input, 1, 'fence')).toThrow(/UpdateExpression.*got a value of type/);
    },
  );
});
