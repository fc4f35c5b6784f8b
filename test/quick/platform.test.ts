import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { runQuickJobs } from '../proof/quick-jobs.ts';
import { WORKLOAD_NAMES, WORKLOADS } from '../sim/catalogue.ts';
import { runSeed } from '../sim/run.ts';
import { count, emptyTally } from '../sim/tally.ts';
import * as quick from './platform.ts';

type Controller = typeof AbortController;
type Signal = typeof AbortSignal;

/** What listeners of some signals hear while things are done to them that `seed` decides. */
function heard(seed: number, Abort: Controller, any: Signal['any']): readonly string[] {
  const random = new SeededRandom(seed);
  const log: string[] = [];
  const controllers = [new Abort(), new Abort()];
  const signals = controllers.map(({ signal }) => signal);
  signals.push(any(signals));
  const listeners = Array.from({ length: 5 }, (_, index) => () => {
    log.push(`listener ${index}`);
    // One that takes another away, or comes again, while all are being told.
    if (index === 0) for (const each of signals) each.removeEventListener('abort', two);
    if (index === 1) for (const each of signals) each.addEventListener('abort', two);
  });
  const two = listeners[2] as () => void;
  for (let step = 0; step < 30; step += 1) {
    const signal = random.pick(signals);
    const listener = random.pick(listeners);
    const what = random.integer(0, 9);
    if (what < 4) signal.addEventListener('abort', listener, { once: random.chance(0.5) });
    else if (what < 6) signal.removeEventListener('abort', listener);
    else if (what === 6) random.pick(controllers).abort(`reason ${step}`);
    else if (what === 7) random.pick(controllers).abort();
    log.push(`${step}: ${signals.map(({ aborted, reason }) => `${aborted} ${reason}`)}`);
    try {
      signal.throwIfAborted();
    } catch (error) {
      log.push(`throws ${error}`);
    }
  }
  return log;
}

describe('stand-ins for the platform', () => {
  test('abort as the platform aborts', () => {
    const Abort = quick.AbortController as unknown as Controller;
    const any = quick.AbortSignal.any as unknown as Signal['any'];
    for (let seed = 1; seed <= 200; seed += 1) {
      const expected = heard(seed, AbortController, (signals) => AbortSignal.any(signals));
      expect(heard(seed, Abort, any), `seed ${seed}`).toEqual(expected);
    }
  });

  test('keep a value for an object, and know no other', () => {
    const [one, other] = [new quick.WeakMap<object, number>(), new quick.WeakMap<object, number>()];
    const key = { shown: 1 };
    one.set(key, 1);
    one.set(key, 2);
    expect([one.get(key), one.has(key), other.get(key), other.has(key)]).toEqual([
      2,
      true,
      undefined,
      false,
    ]);
    expect(one.get(Object.create(key) as object)).toBeUndefined();
    expect(JSON.stringify({ ...key })).toBe('{"shown":1}');
    expect([one.delete(key), one.delete(key), one.has(key)]).toEqual([true, false, false]);
  });

  test.each(WORKLOAD_NAMES)('do in a seed of workload %s what the platform does', async (name) => {
    const job = { kind: 'simulate', workload: name, fromSeed: 1, toSeed: 1 } as const;
    const [result] = await runQuickJobs([{ ...job, operations: 400, repeatEvery: 1 }]);
    const tally = emptyTally();
    count(tally, await runSeed({ seed: 1, operations: 400, workload: WORKLOADS[name] }));
    expect(result).toMatchObject({ tally, failures: [] });
  });
});
