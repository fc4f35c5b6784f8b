import { describe, expect, it } from 'vitest';
import {
  AcquireTimeoutError,
  ClosedError,
  HoldfastError,
  InvalidArgumentError,
  isHoldfastError,
  LeaseLostError,
} from '../../lib/index.ts';
import { errorOfFailure } from '../../lib/store/failure-error.ts';
import type { StoreFailureReason } from '../../lib/store/store.ts';
import { loadLibrary } from '../planted/load.ts';

describe('an error of the library', () => {
  const cause = new Error('the socket hung up');
  const lost = new LeaseLostError("lock 'a'", 7, {
    reason: 'not-renewed',
    detail: 'renewals failed until its end was near',
    cause,
  });

  it('has its class as its name, its code, and a message that names the thing', () => {
    expect(lost).toMatchObject({
      name: 'LeaseLostError',
      code: 'lease-lost',
      message: "lock 'a': lease with token 7 lost: renewals failed until its end was near",
      reason: 'not-renewed',
      token: 7,
      takenBy: undefined,
      cause,
    });
    expect(new ClosedError()).toMatchObject({ name: 'ClosedError', code: 'closed' });
  });

  it('tells who had what was not granted in time', () => {
    const error = new AcquireTimeoutError("lock 'a'", 500, 'host/1');
    expect(error).toMatchObject({ code: 'acquire-timeout', heldBy: 'host/1' });
    expect(error.message).toBe("lock 'a': not granted within 500 ms; host/1 has it");
    expect(new AcquireTimeoutError("lock 'a'", 500, undefined).message).not.toContain(';');
  });

  it('is told by its code, of any kind or of one', () => {
    expect(isHoldfastError(lost)).toBe(true);
    expect(isHoldfastError(lost, 'lease-lost')).toBe(true);
    expect(isHoldfastError(lost, 'closed')).toBe(false);
  });

  it.each([undefined, null, 'lease-lost', { code: 'lease-lost' }, new Error('lease-lost')])(
    'is not mistaken for %o',
    (value) => {
      expect(isHoldfastError(value)).toBe(false);
    },
  );

  it('is told although a second copy of the package has made it', async () => {
    const copy = await loadLibrary();
    const error = new copy.ClosedError();
    expect(error).not.toBeInstanceOf(ClosedError);
    expect(isHoldfastError(error, 'closed')).toBe(true);
  });
});

describe('the error of a wrong argument', () => {
  it.each([
    ['text', "'text'"],
    ['x'.repeat(41), 'a string of 41 characters'],
    [7, '7'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1, 2], 'an array of 2'],
    [{ password: 'secret' }, 'a value of type object'],
    [() => 'secret', 'a value of type function'],
    [10n, 'a value of type bigint'],
  ])('describes %o and keeps its content to itself', (value, description) => {
    const error = new InvalidArgumentError('name', 'something else', value);
    expect(error.message).toBe(`name: expected something else, got ${description}`);
    expect(error.argument).toBe('name');
  });
});

describe('the error of a failed request', () => {
  it.each<[StoreFailureReason, string]>([
    ['throttled', 'store-unavailable'],
    ['conflict', 'store-unavailable'],
    ['timeout', 'store-unavailable'],
    ['unavailable', 'store-unavailable'],
    ['aborted', 'store-unavailable'],
    ['access-denied', 'access-denied'],
    ['table-missing', 'table-missing'],
    ['invalid-request', 'row-invalid'],
    ['unsupported', 'native-unsupported'],
  ])('of kind %s has the code %s, and the cause', (reason, code) => {
    const cause = new Error('from below');
    const failure = { reason, retryable: true, message: 'in words', cause };
    const error = errorOfFailure('doing something', failure);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({ code, cause });
    expect(error.message).toBe(`doing something: ${reason}: in words`);
  });
});
