import { describe, expect, test } from 'vitest';
import { ChoiceTree, Replay } from './choices.ts';
import { ExecutionError, explore } from './explore.ts';

/** Every sequence that `ask` can see, as text. */
function sequences(ask: (choose: (count: number) => number) => number[]): string[] {
  const tree = new ChoiceTree();
  const seen: string[] = [];
  while (tree.next()) seen.push(ask((count) => tree.choose(count)).join(''));
  return seen;
}

describe('ChoiceTree', () => {
  test('gives every combination once, in order', () => {
    const seen = sequences((choose) => [choose(2), choose(3)]);
    expect(seen).toEqual(['00', '01', '02', '10', '11', '12']);
  });

  test('follows questions that depend on earlier answers', () => {
    const seen = sequences((choose) => (choose(2) === 0 ? [0] : [1, choose(2), choose(2)]));
    expect(seen).toEqual(['0', '100', '101', '110', '111']);
  });

  test('makes one execution of a program that asks nothing', () => {
    expect(sequences(() => [7])).toEqual(['7']);
  });

  test('counts all interleavings of two programs of four steps', () => {
    const seen = sequences((choose) => {
      const left = [4, 4];
      const order: number[] = [];
      while (left.some((steps) => steps > 0)) {
        const able = [0, 1].filter((program) => (left[program] ?? 0) > 0);
        const program = able[choose(able.length)] ?? 0;
        left[program] = (left[program] ?? 0) - 1;
        order.push(program);
      }
      return order;
    });
    // 8! / (4! 4!)
    expect(seen).toHaveLength(70);
    expect(new Set(seen).size).toBe(70);
  });

  test('notices a program that does not ask the same again', () => {
    const tree = new ChoiceTree();
    let calls = 0;
    tree.next();
    tree.choose(2);
    tree.choose(2);
    tree.next();
    calls += 1;
    expect(() => tree.choose(2 + calls)).toThrow('not deterministic');
  });

  test('deals every execution to exactly one of several shares', async () => {
    const collect = async (index: number, of: number) => {
      const seen: string[] = [];
      const result = await explore(
        async (chooser) => {
          const depth = 1 + chooser.choose(9);
          const answers = Array.from({ length: depth }, () => chooser.choose(2));
          seen.push(answers.join(''));
        },
        { share: { index, of } },
      );
      return result.executions;
    };
    const whole = await collect(0, 1);
    const parts = await Promise.all([0, 1, 2].map((index) => collect(index, 3)));
    expect(whole).toBe(1_022);
    expect(parts.reduce((sum, part) => sum + part)).toBe(whole);
    for (const part of parts) expect(part).toBeGreaterThan(100);
  });
});

describe('explore', () => {
  test('names the execution that fails, and its choices lead to it again', async () => {
    const run = async (chooser: { choose(count: number): number }) => {
      const answers = [chooser.choose(3), chooser.choose(3), chooser.choose(3)];
      if (answers.join('') === '120') throw new Error('found it');
    };
    const error = await explore(run).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ExecutionError);
    const { choices, execution, message } = error as ExecutionError;
    expect(choices).toEqual([1, 2, 0]);
    expect(execution).toBe(16);
    expect(message).toContain('found it');
    await expect(run(new Replay(choices))).rejects.toThrow('found it');
  });

  test('says whether it was stopped by the limit', async () => {
    const run = async (chooser: { choose(count: number): number }) => {
      chooser.choose(10);
    };
    expect(await explore(run, { limit: 9 })).toMatchObject({ executions: 9, complete: false });
    expect(await explore(run, { limit: 10 })).toMatchObject({ executions: 10, complete: true });
  });
});
