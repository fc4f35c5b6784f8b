import { describe, expect, it } from 'vitest';
import { demand } from '../check/verdict.ts';
import { runChaos } from './chaos/rounds.ts';

const PLAN = { kills: 6, stops: 4, arenas: 2 };
const TIMEOUT_MS = 120_000;

describe('processes that are killed and stopped while they hold a lock', () => {
  it('lose no acknowledged write and slip in no late one', { timeout: TIMEOUT_MS }, async () => {
    const result = await runChaos(PLAN);
    for (const verdict of result.verdicts) demand(verdict, 10);
    expect(result.lateWritesKeptOut).toBe(PLAN.stops);
    expect(result.grants).toBeGreaterThanOrEqual(2 * (PLAN.kills + PLAN.stops));
    // Each woke up past its lease: none may have believed in its hold when it looked.
    expect(result.unnoticedLosses).toBe(0);
  });

  it('would slip in a late one without the fence', { timeout: TIMEOUT_MS }, async () => {
    const result = await runChaos({ kills: 0, stops: 1, arenas: 1, fenced: false });
    expect(result.lateWritesKeptOut).toBe(0);
    expect(result.verdicts).toMatchObject([{ ok: false, anomaly: 'stale-write-accepted' }]);
  });
});
