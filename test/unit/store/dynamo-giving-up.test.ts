import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { absent } from '../../../lib/store/condition.ts';
import { DynamoStore } from '../../../lib/store/dynamo-store.ts';
import type { WriteRequest } from '../../../lib/store/store.ts';
import { set } from '../../../lib/store/update.ts';
import { startWireServer } from './wire-server.ts';

const table = 'locks';
const key = { pk: 'a', sk: 'b' };

const take = (owner: string): WriteRequest => ({
  kind: 'update',
  key,
  actions: [set('owner', owner)],
  condition: absent('owner'),
});

describe('giving up', () => {
  test('on a write that is under way leaves its outcome unknown', async () => {
    const server = await startWireServer(() => 'silence');
    const store = new DynamoStore({ table, client: server.client });
    const controller = new AbortController();
    const writing = store.write(take('me'), { signal: controller.signal });
    while (server.requests.length === 0) await delay(1);
    controller.abort();
    expect(await writing).toMatchObject({
      kind: 'unknown',
      failure: { reason: 'aborted', retryable: false },
    });
    store.close();
    await server.close();
  });

  test('on a read that is under way is a failure', async () => {
    const server = await startWireServer(() => 'silence');
    const store = new DynamoStore({ table, client: server.client });
    const controller = new AbortController();
    const reading = store.get({ key, consistent: true }, { signal: controller.signal });
    while (server.requests.length === 0) await delay(1);
    controller.abort();
    expect(await reading).toMatchObject({ kind: 'failed', failure: { reason: 'aborted' } });
    store.close();
    await server.close();
  });

  test('while credentials are fetched returns at once, and nothing is sent later', async () => {
    const server = await startWireServer(() => ({ status: 200, body: {} }));
    let hand: (credentials: { accessKeyId: string; secretAccessKey: string }) => void = () => {};
    const credentials = () =>
      new Promise<{ accessKeyId: string; secretAccessKey: string }>((resolve) => {
        hand = resolve;
      });
    const store = new DynamoStore({ table, client: { ...server.client, credentials } });
    const controller = new AbortController();
    const writing = store.write(take('me'), { signal: controller.signal });
    await delay(5);
    controller.abort();
    expect(await writing).toMatchObject({ kind: 'failed', failure: { reason: 'aborted' } });
    hand({ accessKeyId: 'late', secretAccessKey: 'late' });
    await delay(30);
    expect(server.requests).toEqual([]);
    // The control: not given up on, the same client does send.
    await store.write(take('me'));
    expect(server.requests).toHaveLength(1);
    store.close();
    await server.close();
  });

  test('leaves no listener on a signal that lives on', async () => {
    const server = await startWireServer(() => ({ status: 200, body: {} }));
    const store = new DynamoStore({ table, client: server.client });
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => {
        listeners += 1;
        add(...args);
      },
      removeEventListener: (...args: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...args);
      },
    });
    for (let call = 0; call < 20; call += 1) await store.write(take('me'), { signal });
    store.close();
    // The SDK takes its own away when the connection's request has closed.
    await expect.poll(() => listeners).toBe(0);
    await server.close();
  });
});

describe('credentials', () => {
  test('that can not be had deny access, and nothing is sent', async () => {
    const server = await startWireServer(() => ({ status: 200, body: {} }));
    const error = Object.assign(new Error('no profile'), { name: 'CredentialsProviderError' });
    const credentials = () => Promise.reject(error);
    const store = new DynamoStore({ table, client: { ...server.client, credentials } });
    expect(await store.write(take('me'))).toMatchObject({
      kind: 'failed',
      failure: { reason: 'access-denied', message: expect.stringContaining('no profile') },
    });
    expect(server.requests).toEqual([]);
    store.close();
    await server.close();
  });
});
