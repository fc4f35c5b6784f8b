import { describe, expect, test } from 'vitest';
import { type Chooser, Replay } from './choices.ts';
import { ExecutionError, explore } from './explore.ts';
import { type FaultBudget, Schedule } from './schedule.ts';
import { countOnce, lockAndWrite, type ToyOptions, tokensWritten } from './toy-lock.ts';

const CLIENTS = ['alice', 'bob'];

function lockRun(options: ToyOptions, budget: FaultBudget) {
  return async (chooser: Chooser): Promise<void> => {
    const schedule = new Schedule(chooser, budget);
    for (const name of CLIENTS) schedule.start(name, (client) => lockAndWrite(client, options));
    await schedule.run();
    const tokens = tokensWritten(schedule.memory.snapshot());
    const sorted = tokens.every((token, index) => index === 0 || token >= (tokens[index - 1] ?? 0));
    if (!sorted) throw new Error(`tokens written: ${tokens}\n${schedule.log.join('\n')}`);
  };
}

function counterRun(recognisesItself: boolean, budget: FaultBudget) {
  return async (chooser: Chooser): Promise<void> => {
    const schedule = new Schedule(chooser, budget);
    for (const name of CLIENTS) {
      schedule.start(name, (client) => countOnce(client, { recognisesItself }));
    }
    await schedule.run();
    const count = schedule.memory.snapshot()[0]?.count;
    if (count !== 2) throw new Error(`counted ${count}`);
  };
}

describe('Schedule', () => {
  test('finds the stale write of a lock without a fence, once somebody stands still', async () => {
    const error = await explore(lockRun({ fenced: false }, { pauses: 1 })).catch((e) => e);
    expect(error).toBeInstanceOf(ExecutionError);
    const { choices, message } = error as ExecutionError;
    expect(message).toContain('tokens written: 2,1');
    // The same choices lead to the same failure.
    const again = lockRun({ fenced: false }, { pauses: 1 })(new Replay(choices));
    await expect(again).rejects.toThrow('tokens written: 2,1');
  });

  test('finds nothing wrong with the same lock and a fence, in any execution', async () => {
    const result = await explore(
      lockRun({ fenced: true }, { pauses: 1, lostAnswers: 1, duplicates: 1, delays: 1 }),
      { limit: 4_000 },
    );
    expect(result.executions).toBe(4_000);
    const small = await explore(lockRun({ fenced: true }, { pauses: 1, crashes: 1 }));
    expect(small.complete).toBe(true);
  });

  test('finds no stale write without a fence while nobody stands still', async () => {
    const result = await explore(lockRun({ fenced: false }, { lostAnswers: 1 }));
    expect(result.complete).toBe(true);
  });

  test.each([
    ['lostAnswers', { lostAnswers: 1 }],
    ['duplicates', { duplicates: 1 }],
    ['delays', { delays: 1 }],
  ])('finds the double count of a retried or repeated write: %s', async (_, budget) => {
    await expect(explore(counterRun(false, budget))).rejects.toThrow('counted 3');
  });

  test('finds every count right when the write recognises itself', async () => {
    const budget = { lostAnswers: 1, duplicates: 1, delays: 1 };
    const result = await explore(counterRun(true, budget));
    expect(result.complete).toBe(true);
    expect(result.executions).toBeGreaterThan(100);
  });

  test('says so when nothing can happen any more', async () => {
    const schedule = new Schedule(new Replay([]));
    schedule.start('alice', () => new Promise(() => {}));
    await expect(schedule.run()).rejects.toThrow('is stuck');
  });

  test('passes on what a program throws, with the moves before it', async () => {
    const schedule = new Schedule(new Replay([]));
    schedule.start('alice', async ({ store }) => {
      await store.get({ key: { pk: 'toy#x', sk: 'x' }, consistent: true });
      throw new Error('as planned');
    });
    await expect(schedule.run()).rejects.toThrow(/as planned\n {2}0 ms: alice's read/);
  });
});
