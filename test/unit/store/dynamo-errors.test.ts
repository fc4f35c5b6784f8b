import { describe, expect, test } from 'vitest';
import { failureOfRead, outcomeOfError } from '../../../lib/store/dynamo-errors.ts';
import { DynamoStore } from '../../../lib/store/dynamo-store.ts';
import type { StoreFailureReason } from '../../../lib/store/store.ts';
import { set } from '../../../lib/store/update.ts';
import { clientFor, serviceError, startWireServer, type WireAnswer } from './wire-server.ts';

const key = { pk: 'a', sk: 'b' };
const update = { kind: 'update', key, actions: [set('owner', 'a')] } as const;

type Row = readonly [
  answer: string,
  wire: WireAnswer,
  kind: 'failed' | 'unknown',
  reason: StoreFailureReason,
  retryable: boolean,
  message?: RegExp,
];

const again = true;
const never = false;

function named(
  name: string,
  kind: Row[2],
  reason: StoreFailureReason,
  retryable: boolean,
  message: RegExp = /in words/,
): Row {
  return [name, serviceError(name), kind, reason, retryable, message];
}

const expired = 'Signature expired: 20261122T200000Z is now earlier than 20261122T201500Z';
const future = 'Signature not yet current: 20261122T220000Z is still later than 20261122T201500Z';
const mismatch = 'The request signature we calculated does not match the signature you provided.';

/** Answers of the service as they come over the wire, and what they say about a write. */
const ANSWERS: readonly Row[] = [
  named('TransactionConflictException', 'failed', 'conflict', again),
  named('TransactionInProgressException', 'failed', 'conflict', again),
  named('ReplicatedWriteConflictException', 'failed', 'conflict', again),
  named('ProvisionedThroughputExceededException', 'failed', 'throttled', again),
  named('ThrottlingException', 'failed', 'throttled', again),
  named('Throttling', 'failed', 'throttled', again),
  named('ThrottledException', 'failed', 'throttled', again),
  named('RequestLimitExceeded', 'failed', 'throttled', again),
  ['status 429', serviceError('SlowDown', 'slow', 429), 'failed', 'throttled', again],
  named('AccessDeniedException', 'failed', 'access-denied', never),
  named('UnrecognizedClientException', 'failed', 'access-denied', never),
  named('InvalidClientTokenId', 'failed', 'access-denied', never),
  named('MissingAuthenticationTokenException', 'failed', 'access-denied', never),
  named('IncompleteSignatureException', 'failed', 'access-denied', never),
  named('ExpiredTokenException', 'failed', 'access-denied', again, /have expired/),
  named('ExpiredToken', 'failed', 'access-denied', again, /have expired/),
  [
    'a signature of another secret',
    serviceError('InvalidSignatureException', mismatch),
    ...(['failed', 'access-denied', never] as const),
  ],
  [
    'a signature of the past',
    serviceError('InvalidSignatureException', expired),
    ...(['failed', 'unavailable', again, /clock of this machine/] as const),
  ],
  [
    'a signature of the future',
    serviceError('InvalidSignatureException', future),
    ...(['failed', 'unavailable', again, /clock of this machine/] as const),
  ],
  named('RequestTimeTooSkewed', 'failed', 'unavailable', again, /clock of this machine/),
  named('RequestExpired', 'failed', 'unavailable', again, /clock of this machine/),
  named('ResourceNotFoundException', 'failed', 'table-missing', never, /createTable.*cdk deploy/),
  named('ValidationException', 'failed', 'invalid-request', never, /in words/),
  named('UnknownOperationException', 'failed', 'unsupported', never),
  named('SerializationException', 'failed', 'invalid-request', never),
  named('ItemCollectionSizeLimitExceededException', 'failed', 'invalid-request', never),
  named('TransactionInDoubt', 'unknown', 'unavailable', again),
  named('AnExceptionOfNextYear', 'unknown', 'unavailable', again),
  ['status 500', serviceError('InternalServerError', 'oh', 500), 'unknown', 'unavailable', again],
  ['status 503', serviceError('ServiceUnavailable', 'oh', 503), 'unknown', 'unavailable', again],
  ['a page of HTML', { status: 502, body: '<html>' }, 'unknown', 'unavailable', again],
  ['half an answer', { status: 200, body: '{"Attr' }, 'unknown', 'unavailable', again],
  ['no answer, the connection cut', 'cut', 'unknown', 'unavailable', again, /connection broke/],
];

describe('an error of the service', () => {
  for (const [answer, wire, kind, reason, retryable, message] of ANSWERS) {
    test(`${answer}: a write is ${kind}, a read fails, for ${reason}`, async () => {
      const server = await startWireServer(() => wire);
      const store = new DynamoStore({ table: 'locks', client: server.client });
      const failure = { reason, retryable, message: expect.stringMatching(message ?? /./) };
      expect(await store.write(update)).toMatchObject({ kind, failure });
      expect(await store.get({ key, consistent: true })).toMatchObject({ kind: 'failed', failure });
      expect(server.requests.map(({ operation }) => operation)).toEqual(['UpdateItem', 'GetItem']);
      store.close();
      await server.close();
    });
  }

  test('has the error itself as cause', async () => {
    const server = await startWireServer(() => serviceError('AccessDeniedException'));
    const store = new DynamoStore({ table: 'locks', client: server.client });
    const result = await store.write(update);
    expect(result).toMatchObject({ failure: { cause: { name: 'AccessDeniedException' } } });
    store.close();
    await server.close();
  });
});

describe('no connection', () => {
  const unconnected: readonly (readonly [string, string])[] = [
    ['nobody listens', 'http://127.0.0.1:1'],
    ['nobody listens on any of several addresses', 'http://localhost:1'],
    ['no such host', 'http://host.invalid:8000'],
  ];
  for (const [title, endpoint] of unconnected) {
    test(`${title}: a write has failed, and may be tried again`, async () => {
      const store = new DynamoStore({ table: 'locks', client: { ...clientFor(1), endpoint } });
      expect(await store.write(update)).toMatchObject({
        kind: 'failed',
        failure: { reason: 'unavailable', retryable: true, message: /no connection/ },
      });
      store.close();
    });
  }
});

describe('an error by itself', () => {
  const judged = (error: unknown) => outcomeOfError({ error, table: 'locks', sent: true });
  const failed = (syscall: string) => Object.assign(new Error(syscall), { syscall });

  test('that is a refusal is no failure of a write, and one of a read', () => {
    const error = Object.assign(new Error(), { name: 'ConditionalCheckFailedException' });
    expect(judged(error)).toEqual({ kind: 'refused' });
    expect(failureOfRead({ error, table: 'locks', sent: true })).toMatchObject({
      reason: 'unavailable',
      retryable: true,
      cause: error,
    });
  });

  test('of several addresses is certain only when none was connected', () => {
    const none = new AggregateError([failed('connect'), failed('connect')]);
    expect(judged(none)).toMatchObject({ kind: 'failed', failure: { reason: 'unavailable' } });
    const one = new AggregateError([failed('connect'), failed('read')]);
    expect(judged(one)).toMatchObject({ kind: 'unknown' });
    expect(judged(new AggregateError([]))).toMatchObject({ kind: 'unknown' });
  });

  test('of a connection that broke while sending leaves the outcome unknown', () => {
    const error = Object.assign(failed('write'), { code: 'EPIPE', name: 'TimeoutError' });
    const failure = { reason: 'unavailable', retryable: true };
    expect(judged(error)).toMatchObject({ kind: 'unknown', failure });
  });

  test('that is a time-out leaves the outcome unknown', () => {
    const error = Object.assign(new Error('no answer'), { name: 'TimeoutError' });
    const failure = { reason: 'timeout', retryable: true };
    expect(judged(error)).toMatchObject({ kind: 'unknown', failure });
  });

  test('that is a missing region says where to name one', async () => {
    const { region: _, ...client } = clientFor(1);
    const regionless = { ...client, region: () => Promise.reject(new Error('Region is missing')) };
    const store = new DynamoStore({ table: 'locks', client: regionless });
    expect(await store.write(update)).toMatchObject({
      kind: 'failed',
      failure: { retryable: false, message: expect.stringContaining('AWS_REGION') },
    });
    store.close();
  });
});

describe('before anything is sent', () => {
  test('any error means that the write has failed', () => {
    const error = Object.assign(new Error('answer lost'), { name: 'TimeoutError' });
    const facts = { error, table: 'locks' };
    expect(outcomeOfError({ ...facts, sent: false })).toMatchObject({ kind: 'failed' });
    expect(outcomeOfError({ ...facts, sent: true })).toMatchObject({ kind: 'unknown' });
  });

  test('something thrown that is no error is an unknown failure', () => {
    expect(outcomeOfError({ error: 'oh', table: 'locks', sent: true })).toMatchObject({
      kind: 'unknown',
      failure: { reason: 'unavailable', message: 'Error: oh' },
    });
  });
});
