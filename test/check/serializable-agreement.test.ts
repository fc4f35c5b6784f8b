import { describe, expect, it } from 'vitest';
import { isSerializableByDefinition } from './brute-force.ts';
import { append, type ListOperation, type ListTransaction, read } from './list-append.ts';
import { type Seeded, seeded } from './seeded.ts';
import { checkSerializable } from './serializable.ts';

const HISTORIES = 10_000;

/** Up to four transactions, whose reads mostly agree about one order of each list. */
function tinyTransactions(random: Seeded): readonly ListTransaction[] {
  let appended = 0;
  const plans = Array.from({ length: 1 + random.below(4) }, () =>
    Array.from({ length: 1 + random.below(3) }, () => {
      const key = random.pick(['x', 'y']);
      if (random.chance(0.5)) return read(key);
      appended += 1;
      return append(key, appended);
    }),
  );
  const order = plans.flat().flatMap((step) => (step.kind === 'append' ? [step] : []));
  if (random.chance(0.5)) order.reverse();
  return plans.map((plan, index) => {
    const operations = plan.map((step, position) => {
      if (step.kind === 'append') return step;
      const shown = order.filter(({ key }) => key === step.key).map(({ value }) => value);
      const foreign = shown.filter((value) => plan.every((own) => !isAppend(own, value)));
      const own = shown.filter((value) => plan.slice(0, position).some((s) => isAppend(s, value)));
      return read(step.key, ...foreign.slice(0, random.below(foreign.length + 1)), ...own);
    });
    const outcome = random.chance(0.15) ? 'unknown' : random.chance(0.1) ? 'aborted' : 'committed';
    const calledAt = random.below(8);
    const returnedAt = outcome === 'unknown' ? Infinity : calledAt + random.below(5);
    return { id: `T${index + 1}`, outcome, calledAt, returnedAt, operations };
  });
}

function isAppend(step: ListOperation, value: number): boolean {
  return step.kind === 'append' && step.value === value;
}

describe('the search for cycles agrees with the definition on 10,000 tiny histories', () => {
  it.each(['none', 'per-item', 'all'] as const)('with real time for %s', (realTime) => {
    const random = seeded(2_026);
    const seen = { good: 0, bad: 0 };
    for (let number = 0; number < HISTORIES; number += 1) {
      const history = tinyTransactions(random);
      const expected = isSerializableByDefinition(history, realTime);
      const verdict = checkSerializable(history, { realTime });
      if (verdict.ok !== expected) expect(verdict, JSON.stringify(history)).toBe(expected);
      seen[expected ? 'good' : 'bad'] += 1;
    }
    expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(HISTORIES / 10);
  });
});
