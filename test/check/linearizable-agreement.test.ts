import { describe, expect, it } from 'vitest';
import { isLinearizableByDefinition } from './brute-force.ts';
import { fencedMutexModel, type MutexInput, type MutexOutput } from './fenced-mutex.ts';
import { completed, type History, prefixUntil, unknown } from './history.ts';
import { checkLinearizable } from './linearizable.ts';
import type { Model } from './model.ts';
import {
  type CounterInput,
  counterModel,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from './models.ts';
import { type Seeded, seeded } from './seeded.ts';

const HISTORIES = 10_000;

/** Tiny histories, good and bad, of answers drawn at random from few values. */
function tinyHistory<Input, Output>(
  random: Seeded,
  draw: (random: Seeded) => { readonly input: Input; readonly output: Output },
): History<Input, Output> {
  const length = 1 + random.below(5);
  return Array.from({ length }, (_, index) => {
    const { input, output } = draw(random);
    const process = `${index}`;
    // Few different times, so that many operations touch or coincide.
    const calledAt = random.below(8);
    if (random.chance(0.2)) return unknown(process, calledAt, input);
    return completed(process, calledAt, calledAt + random.below(5), input, output);
  });
}

function drawRegister(random: Seeded): { input: RegisterInput; output: RegisterOutput } {
  const value = () => 1 + random.below(2);
  const output: RegisterOutput = { kind: random.chance(0.7) ? 'written' : 'refused' };
  switch (random.below(3)) {
    case 0:
      return { input: { kind: 'read' }, output: { kind: 'value', value: value() } };
    case 1:
      return { input: { kind: 'write', value: value() }, output: { kind: 'written' } };
    default:
      return { input: { kind: 'cas', from: value(), to: value() }, output };
  }
}

function drawMutex(random: Seeded): { input: MutexInput; output: MutexOutput } {
  const token = 1 + random.below(3);
  const output: MutexOutput = { kind: random.chance(0.7) ? 'done' : 'lost' };
  switch (random.below(4)) {
    case 0:
      return { input: { kind: 'release', token }, output };
    case 1:
      return { input: { kind: 'renew', token }, output };
    case 2:
      return { input: { kind: 'acquire' }, output: { kind: 'busy' } };
    default:
      return { input: { kind: 'acquire' }, output: { kind: 'granted', token } };
  }
}

function beforeLastReturn<Input, Output>(history: History<Input, Output>): History<Input, Output> {
  const returns = history.map(({ returnedAt }) => returnedAt).filter(Number.isFinite);
  const last = Math.max(...returns);
  return prefixUntil(history, Math.max(-1, ...returns.filter((moment) => moment < last)));
}

function expectAgreement<State, Input, Output>(
  model: Model<State, Input, Output>,
  draw: (random: Seeded) => { readonly input: Input; readonly output: Output },
): void {
  const random = seeded(2_026);
  const seen = { good: 0, bad: 0 };
  for (let number = 0; number < HISTORIES; number += 1) {
    const history = tinyHistory(random, draw);
    const expected = isLinearizableByDefinition(history, model);
    const verdict = checkLinearizable(history, model);
    if (verdict.ok !== expected) expect(verdict, JSON.stringify(history)).toBe(expected);
    if (!verdict.ok && verdict.anomaly === 'not-linearizable') {
      expect(isLinearizableByDefinition(verdict.failing, model)).toBe(false);
      expect(isLinearizableByDefinition(beforeLastReturn(verdict.failing), model)).toBe(true);
      expect(isLinearizableByDefinition(verdict.linearizable, model)).toBe(true);
    }
    seen[expected ? 'good' : 'bad'] += 1;
  }
  // An agreement on histories that are all bad, or all good, would show little.
  expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(HISTORIES / 10);
}

describe('the search for an order agrees with the definition on 10,000 tiny histories', () => {
  it('of a register', () => expectAgreement(registerModel(1), drawRegister));

  it('of a fenced lock without lapses', () =>
    expectAgreement(fencedMutexModel({ lapses: false }), drawMutex));

  it('of a fenced lock whose leases may lapse', () =>
    expectAgreement(fencedMutexModel({ lapses: true }), drawMutex));

  it('of a counter', () =>
    expectAgreement<number, CounterInput, number>(counterModel(), (random) => ({
      input: random.chance(0.5) ? { kind: 'add', by: 1 } : { kind: 'read' },
      output: random.below(3),
    })));
});
