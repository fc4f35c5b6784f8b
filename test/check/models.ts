import type { Model } from './model.ts';

export type RegisterValue = string | number | null;

export type RegisterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: RegisterValue }
  | { readonly kind: 'cas'; readonly from: RegisterValue; readonly to: RegisterValue };

export type RegisterOutput =
  | { readonly kind: 'value'; readonly value: RegisterValue }
  | { readonly kind: 'written' }
  | { readonly kind: 'refused' };

/** A register with compare-and-set: a configuration value, a name, a row. */
export function registerModel(
  initial: RegisterValue = null,
): Model<RegisterValue, RegisterInput, RegisterOutput> {
  return {
    initial,
    step(value, operation) {
      const { input } = operation;
      const output = operation.kind === 'completed' ? operation.output : undefined;
      switch (input.kind) {
        case 'read':
          if (output === undefined) return [value];
          return output.kind === 'value' && output.value === value ? [value] : [];
        case 'write':
          return output === undefined || output.kind === 'written' ? [input.value] : [];
        case 'cas': {
          const applies = value === input.from;
          const answer = applies ? 'written' : 'refused';
          if (output !== undefined && output.kind !== answer) return [];
          return [applies ? input.to : value];
        }
      }
    },
    identify: (value) => value,
    describe(operation) {
      const { kind, ...values } = operation.input;
      const call = `${kind}(${Object.values(values).join(', ')})`;
      if (operation.kind === 'unknown') return `${call} -> unknown`;
      const { output } = operation;
      return `${call} -> ${output.kind === 'value' ? output.value : output.kind}`;
    },
  };
}

export type CounterInput =
  | { readonly kind: 'add'; readonly by: number }
  | { readonly kind: 'read' };

/** A counter: every addition answers with the sum that it left, every read with the sum. */
export function counterModel(initial = 0): Model<number, CounterInput, number> {
  return {
    initial,
    step(sum, operation) {
      const after = operation.input.kind === 'add' ? sum + operation.input.by : sum;
      return operation.kind === 'unknown' || operation.output === after ? [after] : [];
    },
    identify: (sum) => sum,
    describe(operation) {
      const { input } = operation;
      const call = input.kind === 'add' ? `add(${input.by})` : 'read()';
      return `${call} -> ${operation.kind === 'unknown' ? 'unknown' : operation.output}`;
    },
  };
}

export interface SequenceModelOptions {
  /** Whether every number follows the one before, with none left out. */
  readonly gapless: boolean;
  /** The number before the first. */
  readonly last?: number;
}

/** A sequence without blocks: each take answers with a number above all those before. */
export function sequenceModel(options: SequenceModelOptions): Model<number, 'next', number> {
  const { gapless, last: initial = 0 } = options;
  return {
    initial,
    step(last, operation) {
      // A lost number of a sequence with gaps is a gap: the next answer allows for it anyway.
      if (operation.kind === 'unknown') return [gapless ? last + 1 : last];
      const { output } = operation;
      return (gapless ? output === last + 1 : output > last) ? [output] : [];
    },
    identify: (last) => last,
    describe: (operation) =>
      `next() -> ${operation.kind === 'unknown' ? 'unknown' : operation.output}`,
  };
}
