import { describe, expect, test } from 'vitest';
import { matchesPattern } from '../../lib/local/stream-bridge/event-pattern.ts';
import { recordOf, type Written } from '../unit/functions/fanout/records.ts';
import { mappingOf, type StackTemplate } from './stack-runner.ts';

/** What the filters let through that would be deployed. */
export function describeFilters(template: () => StackTemplate): void {
  describe('the filters of the template', () => {
    const passes = (written: Written) => {
      const record = recordOf(written, 1);
      return (mappingOf(template()).filters ?? []).some((each) => matchesPattern(each, record));
    };
    const renewal = { before: { renewals: 1 }, after: { renewals: 2 } };
    const group = 'photos#group#resizers';

    test.each<readonly [string, Written]>([
      ['a member', { key: { pk: group, sk: 'beat#a' }, ...renewal }],
      ['a session', { key: { pk: 'photos#session#a', sk: 'session' }, ...renewal }],
      ['a lock', { key: { pk: 'photos#lock#door', sk: 'lock' }, ...renewal }],
      ['a term', { key: { pk: 'photos#election#it', sk: 'election' }, ...renewal }],
      ['a chain', { key: { pk: '_sentinel#chains#1', sk: 'chain#member#x' }, ...renewal }],
    ])('call nobody for a heartbeat of %s', (_, written) => {
      expect(passes(written)).toBe(false);
    });

    test('call the function for a change of a head', () => {
      expect(passes({ key: { pk: group, sk: 'head' }, before: {}, after: {} })).toBe(true);
    });
  });
}
