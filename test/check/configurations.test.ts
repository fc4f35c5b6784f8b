import { describe, expect, it } from 'vitest';
import { Configurations } from './configurations.ts';
import { seeded } from './seeded.ts';

describe('the set of configurations', () => {
  it('knows a configuration by its operations and its state', () => {
    const configurations = new Configurations(100);
    expect(configurations.add('free')).toBe(true);
    expect(configurations.add('held')).toBe(true);
    configurations.flip(0);
    configurations.flip(99);
    expect(configurations.add('free')).toBe(true);
    configurations.flip(99);
    configurations.flip(0);
    expect(configurations.add('free')).toBe(false);
    expect(configurations.size).toBe(3);
  });

  it('is exact among so many that their 32-bit hashes collide', () => {
    const random = seeded(1);
    // Of 100 operations 40 never happen, so that even sets whose hashes collide have much in
    // common.
    const configurations = new Configurations(100);
    const known = new Set<bigint>();
    let bits = 0n;
    let differences = 0;
    for (let round = 0; round < 150_000; round += 1) {
      // A second visit of one in four, so that both answers are needed.
      if (round % 4 !== 0) {
        const index = random.below(60);
        configurations.flip(index);
        bits ^= 1n << BigInt(index);
      }
      if (configurations.add(null) === known.has(bits)) differences += 1;
      known.add(bits);
    }
    expect(differences).toBe(0);
    expect(configurations.size).toBe(known.size);
    expect(known.size).toBeGreaterThan(100_000);
  });
});
