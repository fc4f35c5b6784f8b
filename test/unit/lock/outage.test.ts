import { describe, expect, test } from 'vitest';
import { isHoldfastError, LeaseLostError } from '../../../lib/index.ts';
import type { StoreFailure } from '../../../lib/store/store.ts';
import { guarantee } from '../../planted/control.ts';
import { named } from '../support/request-name.ts';
import { Stage } from '../support/stage.ts';

const LEASE_MS = 6_000;

const DENIED: StoreFailure = {
  reason: 'access-denied',
  retryable: false,
  message: 'AccessDeniedException: not authorised to perform dynamodb:UpdateItem',
};

guarantee(
  'one error does not end the heartbeat',
  { without: 'heartbeat-stops-after-one-error' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    a.network.onNextWrite({ kind: 'reject', reason: 'unavailable' }, named('renew'));
    await stage.advance(60_000);
    return !hold.signal.aborted;
  },
);

describe('an outage of the table', () => {
  test('of two seconds leaves a lease of six alone, whenever it begins', async () => {
    for (let phaseMs = 0; phaseMs < 1_800; phaseMs += 100) {
      const stage = new Stage();
      const [a] = await stage.actors('a');
      const hold = await stage.acquires(a, { leaseMs: LEASE_MS });
      await stage.advance(5_000 + phaseMs);
      a.network.isolate();
      await stage.advance(2_000);
      a.network.heal();
      await stage.advance(10_000);
      expect(hold.signal.aborted, `beginning ${phaseMs} ms later`).toBe(false);
      expect(hold.remainingMs()).toBeGreaterThan(0);
    }
  });

  test('of thirteen seconds ends a lease of six before it ends in the table', async () => {
    for (let phaseMs = 0; phaseMs < 1_800; phaseMs += 100) {
      const stage = new Stage();
      const [a] = await stage.actors('a');
      const hold = await stage.acquires(a, { leaseMs: LEASE_MS });
      await stage.advance(5_000 + phaseMs);
      a.network.isolate();
      await stage.until(() => hold.signal.aborted, 13_000);
      expect(stage.clock.wallMs()).toBeLessThan(stage.row().owner?.expiresAt ?? 0);
      const { reason: loss } = hold.signal;
      expect(loss).toBeInstanceOf(LeaseLostError);
      expect(loss).toMatchObject({ reason: 'not-renewed', takenBy: undefined });
      expect(isHoldfastError(loss.cause, 'store-unavailable')).toBe(true);
      await stage.advance(13_000);
    }
  });

  test('in which only the answers are lost is survived while requests arrive in time', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const hold = await stage.acquires(a, { leaseMs: LEASE_MS });
    a.network.isolate('answers-only');
    await stage.until(() => hold.signal.aborted, 13_000);
    // It believes only what it was told, and others only what they see: nobody has it twice.
    expect(await stage.tries(b)).toBeUndefined();
    expect(hold.signal.reason).toMatchObject({ reason: 'not-renewed' });
  });

  test('raises no unhandled rejection, however it meets the library', async () => {
    const rejections: unknown[] = [];
    const listen = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', listen);
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a, { leaseMs: LEASE_MS });
    const wait = stage.wait(a);
    a.network.isolate();
    await stage.advance(60_000);
    await stage.run(hold.release());
    // Rejections are reported once the event loop has turned.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(rejections).toEqual([]);
    expect(wait.error).toMatchObject({ code: 'store-unavailable' });
  });
});

describe('a permission that is taken away during a hold', () => {
  test('costs the hold nothing when it comes back in time', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    a.failing = DENIED;
    await stage.advance(8_000);
    a.failing = undefined;
    await stage.advance(20_000);
    expect(hold.signal.aborted).toBe(false);
  });

  test('is asked for again and again until the deadline, and then named', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const hold = await stage.acquires(a);
    a.failing = DENIED;
    await stage.advance(10_000);
    expect(hold.signal.aborted).toBe(false);
    await stage.until(() => hold.signal.aborted, 6_000);
    const { reason: loss } = hold.signal;
    expect(loss).toMatchObject({ reason: 'not-renewed' });
    expect(isHoldfastError(loss.cause, 'access-denied')).toBe(true);
    expect(a.failedCalls).toBeGreaterThan(4);
  });
});
