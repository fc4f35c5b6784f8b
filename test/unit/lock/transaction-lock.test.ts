import { expect, test } from 'vitest';
import { Holdfast } from '../../../lib/index.ts';
import { MemoryStore } from '../../../lib/testing/index.ts';

/** Nothing here has loaded transactions: what sees to their locks is loaded when one is met. */
test('a process that knows nothing of transactions gets past what one has left', async () => {
  const store = new MemoryStore();
  const key = { pk: 'default#lock#it', sk: 'lock' };
  const lock = { id: 'forgotten', n: 0, a: 0 };
  await store.write({ kind: 'put', item: { ...key, token: 1, _txl: lock } });
  const holdfast = new Holdfast({ store });
  expect(await holdfast.lock('it').tryAcquire()).toMatchObject({ acquired: true });
  expect(store.peek(key)).not.toHaveProperty('_txl');
  await holdfast.close();
});

test('a process that knows nothing of transactions carries out what one has decided', async () => {
  const store = new MemoryStore();
  const key = { pk: 'default#lock#it', sk: 'lock' };
  const keyText = JSON.stringify({ pk: { S: key.pk }, sk: { S: key.sk } });
  const record = {
    ...{ pk: 'default#transaction#4', sk: 'decided', state: 'committed', creation: 'decided/0' },
    ...{ since: 1, firstId: 'decided', heartbeat: 0, ownerLabel: 'another' },
    keys: `[["memory",${keyText}]]`,
    payload: JSON.stringify([['amend', { remark: { S: 'done' } }, []]]),
  };
  await store.write({ kind: 'put', item: record });
  const lock = { id: 'decided', n: 0, a: 0 };
  await store.write({ kind: 'put', item: { ...key, token: 1, _txl: lock } });
  const holdfast = new Holdfast({ store });
  expect(await holdfast.lock('it').tryAcquire()).toMatchObject({ acquired: true });
  expect(store.peek(key)).toMatchObject({ remark: 'done', owner: expect.any(String) });
  await holdfast.close();
});
