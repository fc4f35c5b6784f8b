import { runAtomically } from './atomic-run.ts';
import type { History } from './history.ts';
import type { RegisterInput, RegisterOutput, RegisterValue } from './models.ts';
import { seeded } from './seeded.ts';

export interface RegisterRun {
  readonly seed: number;
  readonly clients: number;
  readonly operations: number;
  readonly lossRate: number;
}

/** A random history of an atomic register, in which every value is written at most once. */
export function runRegister(run: RegisterRun): History<RegisterInput, RegisterOutput> {
  const random = seeded(run.seed);
  let value: RegisterValue = null;
  let written = 0;

  function nextInput(): RegisterInput {
    const roll = random.fraction();
    if (roll < 0.5) return { kind: 'read' };
    written += 1;
    if (roll < 0.75) return { kind: 'write', value: written };
    // Aims at a recent value, so that about half of the compare-and-sets succeed.
    return { kind: 'cas', from: random.chance(0.7) ? value : written - 1, to: written };
  }

  function apply(input: RegisterInput): RegisterOutput {
    if (input.kind === 'read') return { kind: 'value', value };
    if (input.kind === 'cas' && input.from !== value) return { kind: 'refused' };
    value = input.kind === 'cas' ? input.to : input.value;
    return { kind: 'written' };
  }

  return runAtomically({ ...run, random, nextInput, apply });
}
