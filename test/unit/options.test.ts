import { describe, expect, it } from 'vitest';
import type { HoldfastOptions } from '../../lib/index.ts';
import { Holdfast, InvalidArgumentError, isHoldfastError } from '../../lib/index.ts';
import { defaultLeaseMs } from '../../lib/options.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import { VirtualClock } from '../../lib/testing/virtual-clock.ts';

/** What a call of wrong arguments throws, or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

/** A wrong value on its way to the library, past the compiler. */
function wrong<Type>(value: unknown): Type {
  return value as Type;
}

const store = new MemoryStore();
const letters = (count: number) => 'x'.repeat(count);

describe('an option of Holdfast that is wrong says what is expected and what came', () => {
  it.each<[Record<string, unknown> | null, string]>([
    [null, 'options: expected an object, got null'],
    [{ store, tabel: 'x' }, 'options: expected one of table, namespace, label, mode, '],
    [{ store, tabel: 'x' }, "got 'tabel'"],
    [{}, 'table: expected a table name, got undefined'],
    [{ table: '' }, "table: expected a table name, got ''"],
    [{ table: 7 }, 'table: expected a table name, got 7'],
    [{ store, namespace: '' }, 'namespace: expected letters, digits, '],
    [{ store, namespace: 'a#b' }, "got 'a#b'"],
    [{ store, namespace: '-a' }, "beginning with a letter or digit, got '-a'"],
    [{ store, namespace: letters(129) }, 'got a string of 129 characters'],
    [{ store, namespace: ['a'] }, 'got an array of 1'],
    [{ store, label: '' }, "label: expected a string of 1 to 128 characters, got ''"],
    [{ store, label: letters(129) }, 'got a string of 129 characters'],
    [{ store, label: {} }, 'got a value of type object'],
    [{ store, mode: 'Lambda' }, "mode: expected 'service' or 'lambda', got 'Lambda'"],
    [{ store, requestTimeoutMs: 9 }, 'requestTimeoutMs: expected 10 to 60000 milliseconds, got 9'],
    [{ store, requestTimeoutMs: 60_001 }, 'got 60001'],
    [{ store, requestTimeoutMs: Number.NaN }, 'got NaN'],
    [{ store, requestTimeoutMs: '1000' }, "got '1000'"],
    [{ store, requestTimeoutMs: null }, 'got null'],
  ])('%o: %s', async (options, message) => {
    const error = await errorOf(() => new Holdfast(wrong<HoldfastOptions>(options)));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect((error as Error).message).toContain(message);
  });
});

describe('an argument that is wrong sends nothing and says what came', () => {
  const signal = { aborted: false };
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  it.each<[string, (holdfast: Holdfast) => unknown, string]>([
    ['lock', (it) => it.lock(''), "name: expected a string that is not empty, got ''"],
    ['lock', (it) => it.lock(wrong(7)), 'got 7'],
    ['lock', (it) => it.lock(letters(1_025)), 'name: expected at most 1024 bytes of UTF-8'],
    ['lock', (it) => it.lock('é'.repeat(513)), 'got a string of 513 characters'],
    ['election', (it) => it.election(wrong(undefined)), 'got undefined'],
    ['acquire', (it) => it.lock('a').acquire({ leaseMs: 1_999 }), 'expected 3000 to 86400000'],
    ['acquire', (it) => it.lock('a').acquire({ leaseMs: 86_400_001 }), 'got 86400001'],
    ['acquire', (it) => it.lock('a').acquire({ leaseMs: 5_000.5 }), 'a whole number of mill'],
    ['acquire', (it) => it.lock('a').acquire({ leaseMs: Number.NaN }), 'got NaN'],
    ['acquire', (it) => it.lock('a').acquire({ timeoutMs: -1 }), 'timeoutMs: expected 0 to 2147'],
    ['acquire', (it) => it.lock('a').acquire({ timeoutMs: Infinity }), 'got Infinity'],
    ['acquire', (it) => it.lock('a').acquire({ signal: wrong(signal) }), 'an AbortSignal, got a'],
    ['acquire', (it) => it.lock('a').acquire(wrong({ lease: 1 })), 'options: expected one of'],
    ['acquire', (it) => it.lock('a').acquire(wrong(null)), 'options: expected an object, got'],
    ['tryAcquire', (it) => it.lock('a').tryAcquire(wrong({ timeoutMs: 1 })), "got 'timeoutMs'"],
    ['tryAcquire', (it) => it.lock('a').tryAcquire({ leaseMs: 0 }), 'leaseMs: expected 3000'],
    ['using', (it) => it.lock('a').using(() => 1, { leaseMs: 1 }), 'got 1'],
    ['campaign', (it) => it.election('a').campaign(wrong(undefined)), 'value: expected a JSON'],
    ['campaign', (it) => it.election('a').campaign(Number.NaN), 'NaN is not a number that'],
    ['campaign', (it) => it.election('a').campaign(wrong(10n)), 'bigint cannot be stored'],
    [
      'campaign',
      (it) => it.election('a').campaign(wrong({ at: new Date(0) })),
      'value.at: [object Date]',
    ],
    ['campaign', (it) => it.election('a').campaign(wrong([undefined])), 'value[0]: undefined'],
    ['campaign', (it) => it.election('a').campaign(wrong(cyclic)), 'nested more than 32 levels'],
    ['campaign', (it) => it.election('a').campaign(letters(511)), 'at most 512 bytes, got a str'],
    ['campaign', (it) => it.election('a').campaign('a', { timeoutMs: -1 }), 'timeoutMs'],
    ['lead', (it) => it.election('a').lead('a', () => 1, { leaseMs: 1 }), 'leaseMs'],
    ['observe', (it) => first(it.election('a').observe({ pollMs: 49 })), '50 to 3600000'],
    ['observe', (it) => first(it.election('a').observe({ signal: wrong(signal) })), 'signal'],
    ['beginInvocation', (it) => it.beginInvocation(wrong({})), "a Lambda handler's context"],
    ['beginInvocation', (it) => it.beginInvocation(wrong(undefined)), 'context: expected'],
  ])('%s: %s %s', async (_, call, message) => {
    let requests = 0;
    const onRequest = () => {
      requests += 1;
    };
    const clock = new VirtualClock();
    const holdfast = new Holdfast({ store: new MemoryStore({ clock, onRequest }), clock });
    const error = await errorOf(() => call(holdfast));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect((error as Error).message).toContain(message);
    expect(requests).toBe(0);
  });

  it('names itself to programs too', async () => {
    const holdfast = new Holdfast({ store });
    const error = await errorOf(() => holdfast.lock('a').acquire({ leaseMs: 1 }));
    expect(isHoldfastError(error, 'invalid-argument')).toBe(true);
    expect((error as InvalidArgumentError).argument).toBe('leaseMs');
  });
});

describe('arguments at their bounds', () => {
  it.each([
    { namespace: `a${'-'.repeat(127)}`, label: letters(128), mode: 'service' as const },
    { namespace: '0', label: '!', requestTimeoutMs: 10 },
    { requestTimeoutMs: 60_000, mode: 'lambda' as const },
  ])('are accepted: %o', (options) => {
    expect(new Holdfast({ store, ...options }).namespace).toBe(options.namespace ?? 'default');
  });

  it('are accepted in names and values', async () => {
    const clock = new VirtualClock();
    const holdfast = new Holdfast({ store: new MemoryStore({ clock }), clock });
    expect(holdfast.lock(letters(1_024)).name).toHaveLength(1_024);
    const leadership = await clock.run(holdfast.election('a').campaign(letters(510)));
    expect(leadership.value).toHaveLength(510);
  });
});

describe('the default lease', () => {
  it('is 15 seconds, and never below the three request timeouts that a lease needs', () => {
    expect(defaultLeaseMs(1_000)).toBe(15_000);
    expect(defaultLeaseMs(20_000)).toBe(60_000);
    expect(defaultLeaseMs(10_000.1)).toBe(30_001);
  });

  it('in Lambda mode is what is left of the invocation, and has to be told', async () => {
    const clock = new VirtualClock();
    const holdfast = new Holdfast({ store: new MemoryStore({ clock }), clock, mode: 'lambda' });
    const error = await errorOf(() => holdfast.lock('a').acquire());
    expect((error as Error).message).toContain('beginInvocation(context)');
    holdfast.beginInvocation({ getRemainingTimeInMillis: () => 30_000 });
    const hold = await clock.run(holdfast.lock('a').acquire());
    expect(hold.remainingMs()).toBeGreaterThan(29_900);
    expect(hold.remainingMs()).toBeLessThan(32_500);
  });
});

async function first(iterable: AsyncIterable<unknown>): Promise<unknown> {
  for await (const value of iterable) return value;
  return undefined;
}
