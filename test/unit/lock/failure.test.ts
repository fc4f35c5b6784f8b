import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../../lib/index.ts';
import { outcomeOfError } from '../../../lib/store/dynamo-errors.ts';
import type { StoreFailure } from '../../../lib/store/store.ts';
import type { Actor } from '../support/actor.ts';
import { Stage } from '../support/stage.ts';

const THROTTLED: StoreFailure = {
  reason: 'throttled',
  retryable: true,
  message: 'ThrottlingException: rate exceeded',
};

/** What the store makes of an error of the service. */
function failureOf(name: string, message: string): StoreFailure {
  const error = Object.assign(new Error(message), { name });
  const outcome = outcomeOfError({ error, table: 'coordination', sent: true });
  if (outcome.kind !== 'failed') throw new Error(`${name} is ${outcome.kind}`);
  return outcome.failure;
}

async function errorOf(stage: Stage, work: Promise<unknown>): Promise<HoldfastError> {
  const error = await stage.run(work.catch((reason: unknown) => reason));
  if (error instanceof HoldfastError) return error;
  throw new Error(`expected an error, got ${String(error)}`);
}

async function failing(failure: StoreFailure): Promise<{ stage: Stage; a: Actor }> {
  const stage = new Stage();
  const [a] = await stage.actors('a');
  a.failing = failure;
  return { stage, a };
}

describe('a failure is not contention', () => {
  test('throttling is retried, and after five seconds of a try reported', async () => {
    const { stage, a } = await failing(THROTTLED);
    const startMs = stage.clock.monotonicMs();
    const error = await errorOf(stage, a.holdfast.lock('it').tryAcquire());
    expect(error.code).toBe('store-unavailable');
    expect(error.message).toMatch(/lock 'it'.*throttled/);
    expect(stage.clock.monotonicMs() - startMs).toBeGreaterThan(5_000);
  });

  test('throttling that ends in time is not noticed', async () => {
    const { stage, a } = await failing(THROTTLED);
    const wait = stage.wait(a);
    await stage.advance(20_000);
    a.failing = undefined;
    expect(await stage.granted(wait, 2_000)).toBeDefined();
  });

  test('throttling for half a minute ends a wait', async () => {
    const { stage, a } = await failing(THROTTLED);
    const startMs = stage.clock.monotonicMs();
    const error = await errorOf(stage, a.holdfast.lock('it').acquire());
    expect(error.code).toBe('store-unavailable');
    expect(stage.clock.monotonicMs() - startMs).toBeGreaterThan(30_000);
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(35_000);
  });

  test('a missing permission is reported at once, by its name', async () => {
    const { stage, a } = await failing(failureOf('AccessDeniedException', 'not authorised'));
    const startMs = stage.clock.monotonicMs();
    const error = await errorOf(stage, a.holdfast.lock('it').acquire());
    expect(error.code).toBe('access-denied');
    expect(error.message).toContain('not authorised');
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(100);
  });

  test('a missing table is reported at once, with how to create it', async () => {
    const { stage, a } = await failing(failureOf('ResourceNotFoundException', 'not found'));
    const error = await errorOf(stage, a.holdfast.lock('it').acquire());
    expect(error.code).toBe('table-missing');
    expect(error.message).toMatch(/table 'coordination' does not exist.*createTable/);
  });

  test('all waiters of a process are told', async () => {
    const { stage, a } = await failing(failureOf('AccessDeniedException', 'not authorised'));
    const waits = [stage.wait(a), stage.wait(a), stage.wait(a)];
    await stage.advance(100);
    for (const wait of waits) expect(wait.error).toMatchObject({ code: 'access-denied' });
  });

  test('the next wait starts afresh', async () => {
    const { stage, a } = await failing(failureOf('AccessDeniedException', 'not authorised'));
    const wait = stage.wait(a);
    await stage.advance(100);
    expect(wait.error).toMatchObject({ code: 'access-denied' });
    a.failing = undefined;
    expect(await stage.granted(stage.wait(a), 1_000)).toBeDefined();
  });

  test('answers without a Date are named as what is missing', async () => {
    const stage = new Stage();
    stage.dated = false;
    const a = stage.actor('a');
    const error = await errorOf(stage, a.holdfast.lock('it').acquire());
    expect(error.code).toBe('clock-unknown');
    expect(error.message).toContain('Date header');
  });
});
