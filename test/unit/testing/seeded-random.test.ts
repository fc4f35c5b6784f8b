import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';

describe('SeededRandom', () => {
  test('repeats its numbers and ids for the same seed', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return [random.fraction(), random.id(), random.integer(1, 6), random.uint32()];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('spreads fractions evenly, for neighbouring seeds too', () => {
    const buckets = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 10_000; seed += 1) {
      const bucket = Math.floor(new SeededRandom(seed).fraction() * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) {
      expect(count).toBeGreaterThan(850);
      expect(count).toBeLessThan(1_150);
    }
  });

  test('makes ids of twenty letters that do not repeat', () => {
    const random = new SeededRandom('ids');
    const ids = Array.from({ length: 50_000 }, () => random.id());
    expect(new Set(ids).size).toBe(50_000);
    for (const id of ids) expect(id).toMatch(/^[\w-]{20}$/);
  });

  test('keeps integers within their bounds and reaches both', () => {
    const random = new SeededRandom(3);
    const drawn = new Set(Array.from({ length: 1_000 }, () => random.integer(2, 5)));
    expect([...drawn].sort()).toEqual([2, 3, 4, 5]);
  });

  test('gives a fork numbers of its own and leaves the parent untouched', () => {
    const parent = new SeededRandom(11);
    const undisturbed = new SeededRandom(11);
    const fork = parent.fork('faults');
    for (let draw = 0; draw < 100; draw += 1) fork.fraction();
    expect(parent.uint32()).toBe(undisturbed.uint32());
    expect(undisturbed.fork('faults').uint32()).not.toBe(undisturbed.fork('clients').uint32());
  });

  test('hits a chance about as often as it says, and never or always at the ends', () => {
    const random = new SeededRandom(5);
    const hits = (probability: number) =>
      Array.from({ length: 10_000 }, () => random.chance(probability)).filter(Boolean).length;
    expect(hits(0)).toBe(0);
    expect(hits(1)).toBe(10_000);
    expect(hits(0.3)).toBeGreaterThan(2_800);
    expect(hits(0.3)).toBeLessThan(3_200);
  });

  test('refuses to pick from nothing', () => {
    expect(() => new SeededRandom(1).pick([])).toThrow('something to pick from');
  });
});
