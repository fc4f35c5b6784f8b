import { describe, expect, test } from 'vitest';
import { STREAM_FILTERS } from '../../../../functions/fanout/filters.ts';
import { matchesPattern } from '../../../../lib/local/stream-bridge/event-pattern.ts';
import {
  change,
  groupHead,
  join,
  leave,
  publish,
  recordsOf,
  transition,
  type Written,
} from './records.ts';

/** Which filters let a record through. */
function passing(written: Written): string[] {
  const [record] = recordsOf(written);
  return Object.entries(STREAM_FILTERS)
    .filter(([, filter]) => matchesPattern(JSON.parse(JSON.stringify(filter)), record))
    .map(([name]) => name);
}

const election = { pk: 'photos#election#it', sk: 'election' };
const lock = { pk: 'photos#lock#door', sk: 'lock' };

describe('the filters', () => {
  test.each<readonly [string, Written, string]>([
    ['the first version', publish('limits', 1), 'heads'],
    ['another version', publish('limits', 2), 'heads'],
    ['a change of a group', groupHead('resizers', 2), 'heads'],
    ['a join', join('a'), 'members'],
    ['a change of a member', change('a', { version: 2 }), 'members'],
    ['a departure', leave('a'), 'members'],
    ['a release', transition('lock', 'door', 'released#4'), 'releases'],
    ['the first leader of all', { key: election, after: { event: 'acquired#1' } }, 'terms'],
    ['another leader', transition('election', 'it', 'acquired#2'), 'terms'],
    ['another value', transition('election', 'it', 'proclaimed#2#3'), 'terms'],
    ['a resignation', transition('election', 'it', 'released#2'), 'terms'],
  ])('let %s through', (_, written, filter) => {
    expect(passing(written)).toEqual([filter]);
  });

  const beat = { pk: 'photos#group#resizers', sk: 'beat#a' };
  test.each<readonly [string, Written]>([
    ['a heartbeat of a member', { key: beat, before: { renewals: 1 }, after: { renewals: 2 } }],
    ['the first heartbeat of a member', { key: beat, after: { event: 'acquired#1' } }],
    ['a renewal of a lock', { key: lock, before: { event: 'acquired#1' }, after: {} }],
    ['a renewal of a term', { key: election, before: { event: 'acquired#1' }, after: {} }],
    ['an acquisition of a lock', transition('lock', 'door', 'acquired#4')],
    ['a hand-over', transition('election', 'it', 'granted#4')],
    [
      'a session',
      { key: { pk: 'photos#session#a', sk: 'session' }, after: { event: 'acquired#1' } },
    ],
    ['a slot', { key: { pk: 'photos#slots#a', sk: 'slot#1' }, after: { event: 'released#1' } }],
    ['a sweep', { key: { ...beat, sk: 'sweep' }, after: { sweeps: 2 } }],
    ['a version', { key: { pk: 'photos#config#a', sk: 'version#1' }, after: { document: '{}' } }],
    ['garbage', { key: lock, before: { event: 'released#4' } }],
  ])('keep %s away', (_, written) => {
    expect(passing(written)).toEqual([]);
  });

  test('are no more than an event source mapping may have', () => {
    expect(Object.keys(STREAM_FILTERS).length).toBeLessThanOrEqual(5);
  });
});
