import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as queue from '../../../lib/lease/queue-writes.ts';
import { NO_ROW } from '../../../lib/lease/row.ts';
import { renew } from '../../../lib/lease/writes.ts';
import * as line from '../../../lib/lock/pool-queue.ts';
import { renewPermits } from '../../../lib/lock/pool-writes.ts';
import { giveBack, reserve } from '../../../lib/naming/reservation.ts';
import { rememberLabel } from '../../../lib/naming/slot-rows.ts';
import { evaluateCondition } from '../../../lib/store/evaluate.ts';
import { LockAwareStore, type SettleLock } from '../../../lib/store/lock-aware-store.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { UpdateRequest, WriteRequest } from '../../../lib/store/store.ts';
import { set } from '../../../lib/store/update.ts';

const KEY = { pk: 'default#lock#it', sk: 'lock' } as const;
const STUB = { ...KEY, _txl: { id: 'other', n: 0, a: 0, s: 1 } } as const;
const LOCKED = { ...KEY, token: 1, _txl: { id: 'other', n: 0, a: 0 } } as const;

/** A table with one row, and what was asked to see to its lock. */
async function tableWith(item: (WriteRequest & { kind: 'put' })['item'], settle: SettleLock) {
  const table = new MemoryStore();
  await table.write({ kind: 'put', item });
  return { table, store: new LockAwareStore(table, settle) };
}

describe('a write of the library', () => {
  const requests: readonly WriteRequest[] = [
    { kind: 'update', key: KEY, actions: [set('token', 2)] },
    { kind: 'put', item: { ...KEY, token: 2 } },
    { kind: 'delete', key: KEY },
  ];

  test.each(requests)('waits until a lock has been seen to: $kind', async (request) => {
    const { table, store } = await tableWith(LOCKED, async () => {
      await table.write({ kind: 'put', item: { ...KEY, token: 1 } });
      return { kind: 'repeat' };
    });
    expect(await store.write(request)).toMatchObject({ kind: 'applied' });
    expect(table.peek(KEY)?.token).toBe(request.kind === 'delete' ? undefined : 2);
  });

  test.each(requests)('changes nothing under a lock that stays: $kind', async (request) => {
    const { table, store } = await tableWith(LOCKED, async () => ({ kind: 'repeat' }));
    const failure = { reason: 'conflict', retryable: true };
    expect(await store.write(request)).toMatchObject({ kind: 'failed', failure });
    expect(table.peek(KEY)).toEqual(LOCKED);
  });

  test('hears of an error about the lock as of any other failure', async () => {
    const { store } = await tableWith(LOCKED, () => Promise.reject(new Error('no such file')));
    const failure = { reason: 'conflict', message: expect.stringMatching('no such file') };
    expect(await store.write({ kind: 'delete', key: KEY })).toMatchObject({ failure });
  });

  test('is told of no row where there is a lock alone', async () => {
    const { store } = await tableWith(STUB, async () => ({ kind: 'refused' }));
    const answers = [
      await store.write({ kind: 'delete', key: KEY }),
      await store.get({ key: KEY, consistent: true }),
      await store.query({ pk: KEY.pk, consistent: true }),
    ];
    expect(answers).toMatchObject([
      { kind: 'refused', item: undefined },
      { kind: 'missing' },
      { kind: 'page', items: [] },
    ]);
  });
});

const holding = { key: KEY, id: 'me', token: 1 };
const time = { earliest: 1_000, latest: 2_000 };
const leased = { ...holding, number: 2, leaseMs: 1, time, session: undefined, expiresAtMin: 0 };
const waiter = { id: 'me', label: 'me', until: 1, session: undefined };
const permits = { id: 'me', label: 'me', permits: 1 };
const reservation = { owner: 'me', token: 1, reservedUntil: 1, last: undefined };
const owner = { id: 'you', label: 'you', renewals: 1, leaseMs: 1, expiresAt: 1 };
const beat = { kind: 'beat' } as const;
const activate = { kind: 'activate', value: undefined } as const;
const pool = { token: 1 } as Parameters<typeof line.joinPool>[2];

/** All that may be written under a transaction's lock. */
const PASSING: Readonly<Record<string, UpdateRequest>> = {
  beat: renew({ ...leased, purpose: beat }),
  activate: renew({ ...leased, purpose: activate }),
  enqueue: queue.enqueue(
    KEY,
    waiter,
    { ...NO_ROW, token: 1 },
    { ...owner, ownedSince: 1, session: undefined },
  ),
  dequeue: queue.dequeue(KEY, 0, 'me'),
  keepPlace: queue.keepPlace(KEY, 0, 'me', 1),
  joinPool: line.joinPool(KEY, permits, pool),
  leavePool: line.leavePool(KEY, 0, 'me'),
  dropHead: line.dropHead(KEY, permits),
  renewPermits: renewPermits({ ...leased }),
  rememberLabel: rememberLabel(holding, 'me'),
  reserve: reserve(holding, reservation, 'me', { from: 1, to: 2 }),
  giveBack: giveBack(holding, { from: 1, to: 2 }, 1),
};

/** What a row stands for: nobody changes it past a lock. */
const STANDING = ['owner', 'token', 'session', 'permits', 'limit', 'free', 'revision', 'version'];

describe('a write that passes the locks of transactions', () => {
  test.each(Object.entries(PASSING))('makes no row: %s', (_, { condition, passesLocks }) => {
    expect(passesLocks).toBe(true);
    expect(condition && evaluateCondition(condition, undefined)).toBe(false);
  });

  test.each(Object.entries(PASSING))('changes nothing that others rest on: %s', (name, write) => {
    const paths = write.actions.map(({ path }) => path);
    const isBeat = name === 'beat' || name === 'activate';
    const heads = paths.map(([head]) => head).filter((head) => STANDING.includes(head));
    // A beat says again which session it is under, as its grant did.
    expect(heads).toEqual(isBeat ? ['session'] : []);
    expect(paths.filter(([, , member]) => member === 'token' || member === 'permits')).toEqual([]);
  });

  test('is one of these, or a request to the holder to give up', () => {
    const files = readdirSync('lib', { recursive: true, encoding: 'utf8' });
    const marked = files
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => {
        const count = readFileSync(join('lib', path), 'utf8').split(/passesLocks: /).length - 1;
        return count === 0 ? [] : [[path, count] as const];
      });
    expect(Object.fromEntries(marked)).toEqual({
      'lease/queue-writes.ts': 3,
      'lease/writes.ts': 1,
      'lock/control.ts': 3,
      'lock/pool-queue.ts': 3,
      'lock/pool-writes.ts': 1,
      'naming/reservation.ts': 2,
      'naming/slot-rows.ts': 1,
    });
  });

  test('is the only one: nothing else has a way around to the table', () => {
    const files = readdirSync('lib', { recursive: true, encoding: 'utf8' });
    const making = files.filter(
      (path) =>
        path.endsWith('.ts') && /new ObservedStore\(/.test(readFileSync(`lib/${path}`, 'utf8')),
    );
    expect(making).toEqual(['holdfast.ts']);
  });
});
