import { describe, expect, test } from 'vitest';
import { entryOf, errorsOfEntries, requestsOf } from '../../../../functions/fanout/entries.ts';
import { lagOf } from '../../../../functions/fanout/measure.ts';
import { readSettings } from '../../../../functions/fanout/settings.ts';
import { guarantee } from '../../../planted/control.ts';
import { publish, recordsOf } from './records.ts';

const member = {
  v: 1 as const,
  ...{ namespace: 'photos', name: 'g', member: 'a' },
  ...{ incarnation: 'i', generation: 1, version: 1 },
} as const;

describe('an event', () => {
  test('leaves out what a member says when that is more than a request can carry', () => {
    const detail = { ...member, metadata: { meta: 'é'.repeat(130 * 1024) } };
    const entry = entryOf({ type: 'group.member-joined', detail }, 'bus');
    expect(JSON.parse(entry.Detail)).toEqual(member);
    const small = { ...member, metadata: { meta: 'é'.repeat(100 * 1024) } };
    expect(entryOf({ type: 'group.member-joined', detail: small }, 'bus').Detail).toContain('é');
  });

  test('begins another request where the one before would become too large', () => {
    const detail = { ...member, metadata: { meta: 'x'.repeat(120 * 1024) } };
    const entry = entryOf({ type: 'group.member-joined', detail }, 'bus');
    const requests = requestsOf([1, 2, 3, 4, 5], () => entry);
    expect(requests).toEqual([[1, 2], [3, 4], [5]]);
  });
});

guarantee(
  'fan-out: an event without an id in the answer has failed',
  { without: 'failed-entries-unseen' },
  ({ errorsOfEntries: errorsOf }) => {
    const errors = errorsOf(3, [{ EventId: 'e' }, { ErrorCode: 'ThrottlingException' }]);
    return JSON.stringify(errors) === JSON.stringify([null, 'ThrottlingException', 'NoAnswer']);
  },
);

test('each event has the error of its own entry', () => {
  expect(errorsOfEntries(2, [{ ErrorCode: 'InternalFailure' }, { EventId: 'e' }])).toEqual([
    'InternalFailure',
    undefined,
  ]);
});

describe('the settings', () => {
  const bus = { HOLDFAST_EVENT_BUS_NAME: 'bus' };

  test('name what is missing', () => {
    expect(() => readSettings({})).toThrow('HOLDFAST_EVENT_BUS_NAME is not set');
  });

  test('are without push unless there is an endpoint', () => {
    const off = { eventBusName: 'bus', memberMetadata: false, push: undefined };
    expect(readSettings({ ...bus, HOLDFAST_PUSH_ENDPOINT: '' })).toEqual(off);
    expect(
      readSettings({ ...bus, HOLDFAST_PUSH_ENDPOINT: 'host', HOLDFAST_MEMBER_METADATA: 'true' }),
    ).toEqual({ ...off, memberMetadata: true, push: { endpoint: 'host', topicRoot: 'holdfast' } });
  });
});

test('the lag is that of the oldest change', () => {
  const [a, b] = recordsOf(publish('a', 1), publish('b', 1));
  const later = { ...b, dynamodb: { ...b?.dynamodb, ApproximateCreationDateTime: 1_700_000_009 } };
  expect(lagOf([later, a ?? {}], 1_700_000_010_000)).toBe(10_000);
  expect(lagOf([], 0)).toBeUndefined();
});
