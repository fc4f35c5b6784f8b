import type { EngineName } from './engines.ts';

/**
 * Where an engine is not DynamoDB. A test that needs what an engine lacks is skipped there with
 * the reason, and nothing else is skipped anywhere. AWS's own DynamoDB Local is the referee of
 * how expressions behave; what it lacks itself is what DynamoDB has learned since 2020.
 */
export type Capability =
  | 'a wire'
  | 'date header'
  | 'old row on refusal'
  | 'transactions'
  | 'transactions of 100 items'
  | 'streams'
  | 'time to live'
  | 'time to live sweep'
  | 'consumed capacity'
  | 'empty strings'
  | 'equality of lists and maps'
  | 'order by code points'
  | 'copies of lists and maps'
  | 'conflicting paths'
  | 'append beyond the end'
  | 'set checks its path'
  | 'remove checks its path';

const LACKING: Readonly<Record<EngineName, Partial<Readonly<Record<Capability, string>>>>> = {
  memory: {
    'a wire': 'it runs in process, so there is nothing to send and nobody to refuse it',
    transactions: 'the store interface has none',
    'transactions of 100 items': 'the store interface has none',
    streams: 'the store interface has none',
    'time to live': 'it has no setting: deleteExpired() always goes by `ttl`',
  },
  dynalite: {
    'old row on refusal': 'it ignores ReturnValuesOnConditionCheckFailure',
    transactions: 'it has no TransactWriteItems',
    'transactions of 100 items': 'it has no TransactWriteItems',
    streams: 'it accepts a stream specification and keeps no stream',
    'time to live': 'it has no UpdateTimeToLive',
    'time to live sweep': 'it never deletes expired rows',
    'equality of lists and maps': 'it compares documents by identity',
    'copies of lists and maps': 'it copies references, also of a map into itself',
    'order by code points': 'it compares strings by UTF-16 units',
  },
  dynoxide: {
    'time to live sweep': 'it never deletes expired rows',
    'conflicting paths': 'it lets one path call a list what another calls a map',
    'append beyond the end': 'it fills the gap with nulls',
    'set checks its path':
      'it creates the element, or replaces the null, that a path leads through',
    'remove checks its path': 'it ignores a removal whose path leads nowhere',
  },
  'DynamoDB Local': {
    'transactions of 100 items': 'this version allows no more than 10',
    'date header': 'its answers have no Date header',
    'old row on refusal': 'this version is older than ReturnValuesOnConditionCheckFailure',
    'time to live sweep': 'this version never deletes expired rows',
    'empty strings': 'this version is older than May 2020, when DynamoDB learned them',
  },
};

/** Why `engine` does not have `capability`; undefined when it does. */
export function lackOf(engine: EngineName, capability: Capability): string | undefined {
  const reason = LACKING[engine][capability];
  return reason === undefined ? undefined : `${engine} lacks ${capability}: ${reason}`;
}
