import { describe, expect, test } from 'vitest';
import { decode } from '../../../../functions/fanout/decode.ts';
import {
  byTimeToLive,
  change,
  groupHead,
  join,
  leave,
  memberKey,
  publish,
  recordOf,
  transition,
  type Written,
} from './records.ts';

const NAMES = { namespace: 'photos', sequenceNumber: '5' };

/** What a transaction leaves for a while under a key that has no row. */
const STUB = { _txl: { id: 't1', n: 0, a: 0, s: 1 } };

function changeOf(written: Written) {
  const decoded = decode(recordOf(written, 5));
  return decoded.kind === 'change' ? decoded.change : decoded.why;
}

describe('a stream record', () => {
  test('of a document tells its revision and version', () => {
    const common = { ...NAMES, name: 'limits', kind: 'config' };
    expect(changeOf(publish('limits', 1))).toEqual({ ...common, revision: 1, version: 1 });
    const { key } = publish('limits', 1);
    expect(changeOf({ key, before: { revision: 4, version: 3 } })).toEqual({
      ...common,
      revision: 4,
      version: undefined,
    });
  });

  test('of a head that comes where a transaction’s lock was tells its revision', () => {
    const { key, after } = groupHead('resizers', 3);
    expect(changeOf({ key, before: STUB, after: after ?? {} })).toMatchObject({
      kind: 'group',
      revision: 3,
    });
  });

  test('of a group tells its revision', () => {
    const expected = { ...NAMES, name: 'resizers', kind: 'group', revision: 3 };
    expect(changeOf(groupHead('resizers', 3))).toEqual(expected);
  });

  test('of a member tells whether it joined, changed or left', () => {
    const common = { kind: 'member', name: 'resizers', member: 'a#1', incarnation: 'life-1' };
    expect(changeOf(join('a#1'))).toMatchObject({ ...common, change: 'joined', generation: 7 });
    expect(changeOf(leave('a#1'))).toMatchObject({ ...common, change: 'left' });
    const drained = change('a#1', { version: 2, state: 'draining' });
    expect(changeOf(drained)).toMatchObject({ ...common, change: 'changed', version: 2 });
  });

  test('of a member whose new life writes over the old one tells of a join', () => {
    const reborn = change('a', { incarnation: 'life-2', generation: 8 });
    const expected = { change: 'joined', incarnation: 'life-2', generation: 8 };
    expect(changeOf(reborn)).toMatchObject(expected);
  });

  test.each([
    ['acquired#9', 'elected', 'host/1'],
    ['proclaimed#9#4', 'proclaimed', 'host/1'],
    ['released#9', 'resigned', 'host/1'],
  ])('of an election with %s tells that somebody was %s', (event, news, leader) => {
    const expected = { ...NAMES, name: 'it', kind: 'leader', change: news, term: 9, leader };
    expect(changeOf(transition('election', 'it', event))).toEqual(expected);
  });

  test('of a lock tells that it was released', () => {
    const expected = { ...NAMES, name: 'a#b', kind: 'lock', token: 9 };
    expect(changeOf(transition('lock', 'a#b', 'released#9'))).toEqual(expected);
  });

  const head = { pk: 'photos#config#limits', sk: 'head' };
  test.each<readonly [string, Written, string]>([
    ['a stranger’s row', { key: { pk: 'user', sk: 'head' }, after: {} }, 'unknown'],
    ['a kind of a later version', { key: { pk: 'a#queue#b', sk: 'head' }, after: {} }, 'unknown'],
    ['a version', { key: { ...head, sk: 'version#1' }, after: {} }, 'unknown'],
    ['a heartbeat', { key: { ...memberKey('a'), sk: 'beat#a' }, after: {} }, 'unknown'],
    ['a head without a revision', { key: head, after: { version: 1 } }, 'malformed'],
    ['a head without a version', { key: head, after: { revision: 1 } }, 'malformed'],
    ['a revision that is no number', { key: head, after: { revision: '1' } }, 'malformed'],
    ['a member without a life', { key: memberKey('a'), after: {} }, 'malformed'],
    ['a transition without a token', transition('lock', 'a', 'released#x'), 'malformed'],
    ['a term without a token', transition('election', 'a', 'acquired'), 'malformed'],
    [
      'a head written without a change',
      { ...publish('a', 2), before: { revision: 2 } },
      'unchanged',
    ],
    ['a member written without a change', change('a', {}), 'unchanged'],
    ['a transaction’s lock where there is no head', { key: head, after: STUB }, 'unchanged'],
    ['such a lock that is taken away', { key: head, before: STUB }, 'unchanged'],
    ['an acquisition', transition('lock', 'a', 'acquired#9'), 'unchanged'],
    ['a hand-over of a term', transition('election', 'a', 'granted#9'), 'unchanged'],
    [
      'a repeated event',
      transition('lock', 'a', 'released#9', { event: 'released#9' }),
      'unchanged',
    ],
  ])('of %s comes to nothing', (_, written, why) => {
    expect(decode(recordOf(written, 5))).toEqual({ kind: 'skipped', why });
  });

  test('without keys or number comes to nothing', () => {
    expect(decode({})).toEqual({ kind: 'skipped', why: 'unknown' });
    expect(decode({ dynamodb: { Keys: {} } })).toEqual({ kind: 'skipped', why: 'unknown' });
  });

  test('is marked when time to live removed the row, and nobody else', () => {
    const record = recordOf(leave('a'), 5);
    expect(decode(byTimeToLive(record))).toMatchObject({ byTimeToLive: true });
    expect(decode(record)).toMatchObject({ byTimeToLive: false });
    const impostor = { type: 'Service', principalId: 'replication.dynamodb.amazonaws.com' };
    expect(decode({ ...record, userIdentity: impostor })).toMatchObject({ byTimeToLive: false });
    const inserted = byTimeToLive(recordOf(join('a'), 5));
    expect(decode(inserted)).toMatchObject({ byTimeToLive: false });
  });
});
