import { describe, expect, it } from 'vitest';
import { runAtomically } from './atomic-run.ts';
import { completed, type History, unknown } from './history.ts';
import { checkEachLinearizable, checkLinearizable } from './linearizable.ts';
import {
  counterModel,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
  sequenceModel,
} from './models.ts';
import { runRegister } from './register-run.ts';
import { seeded } from './seeded.ts';
import { demand } from './verdict.ts';

type RegisterHistory = History<RegisterInput, RegisterOutput>;

const write = (value: number): RegisterInput => ({ kind: 'write', value });
const read: RegisterInput = { kind: 'read' };
const cas = (from: number, to: number): RegisterInput => ({ kind: 'cas', from, to });
const value = (seen: number | null): RegisterOutput => ({ kind: 'value', value: seen });
const written: RegisterOutput = { kind: 'written' };
const refused: RegisterOutput = { kind: 'refused' };

describe('a linearizable register', () => {
  it.each<[string, RegisterHistory]>([
    [
      'lets a read see a write under way',
      [completed('a', 1, 9, write(1), written), completed('b', 2, 3, read, value(1))],
    ],
    [
      'lets an unknown write take effect late',
      [
        unknown('a', 1, write(1)),
        completed('b', 2, 3, read, value(null)),
        completed('b', 4, 5, read, value(1)),
      ],
    ],
    [
      'lets an unknown write never take effect',
      [unknown('a', 1, write(1)), completed('b', 90, 99, read, value(null))],
    ],
    [
      'takes operations that touch in time for concurrent',
      [completed('a', 1, 2, write(1), written), completed('b', 2, 3, read, value(null))],
    ],
    [
      'finds the one order of three concurrent compare-and-sets',
      [
        completed('a', 1, 9, cas(2, 3), written),
        completed('b', 1, 9, cas(1, 2), written),
        completed('c', 1, 9, write(1), written),
        completed('d', 10, 11, read, value(3)),
      ],
    ],
  ])('%s', (_, history) => {
    demand(checkLinearizable(history, registerModel()), 1);
  });
});

describe('a register that is not linearizable', () => {
  it.each<[string, RegisterHistory]>([
    [
      'a stale read',
      [completed('a', 1, 2, write(1), written), completed('b', 3, 4, read, value(null))],
    ],
    [
      'a read of a value that nobody wrote',
      [completed('a', 1, 2, write(1), written), completed('b', 3, 4, read, value(7))],
    ],
    [
      'two reads that see an unknown write come and go',
      [
        unknown('a', 1, write(1)),
        completed('b', 2, 3, read, value(1)),
        completed('b', 4, 5, read, value(null)),
      ],
    ],
    [
      'a lost update: both compare-and-sets of the same value succeed',
      [
        completed('a', 1, 2, write(1), written),
        completed('b', 3, 6, cas(1, 2), written),
        completed('c', 4, 7, cas(1, 3), written),
      ],
    ],
    [
      'a retried write that takes effect twice',
      [
        completed('a', 1, 2, write(1), written),
        completed('b', 3, 4, write(2), written),
        completed('c', 5, 6, read, value(1)),
      ],
    ],
    [
      'a compare-and-set refused though its value was there',
      [completed('a', 1, 2, write(1), written), completed('b', 3, 4, cas(1, 2), refused)],
    ],
  ])('shows %s', (_, history) => {
    expect(checkLinearizable(history, registerModel())).toMatchObject({
      ok: false,
      anomaly: 'not-linearizable',
    });
  });

  it('is explained by its shortest failing prefix and the order before it', () => {
    const history: RegisterHistory = [
      completed('a', 1, 2, write(1), written),
      completed('b', 3, 4, read, value(1)),
      completed('c', 3, 8, write(2), written),
      completed('a', 5, 6, read, value(null)),
      completed('a', 9, 10, read, value(2)),
    ];
    const verdict = checkLinearizable(history, registerModel());
    expect(verdict).toMatchObject({
      failing: [history[0], history[1], unknown('c', 3, write(2)), history[3]],
      linearizable: [history[0], history[1]],
    });
    expect(verdict).toHaveProperty(
      'explanation',
      [
        'no order explains read() -> null',
        '  1..2  a  write(1) -> written',
        '  3..4  b  read() -> 1',
        '  3..?  c  write(2) -> unknown',
        '  5..6  a  read() -> null',
        '  Every answer before is explained by this order, which leaves 1:',
        '  write(1) -> written; read() -> 1',
      ].join('\n'),
    );
  });
});

describe('counter and sequence', () => {
  it('a counter that applies a retried addition twice is found', () => {
    const add = { kind: 'add', by: 1 } as const;
    const once = [completed('a', 1, 2, add, 1), completed('a', 3, 4, { kind: 'read' }, 1)] as const;
    const twice = [completed('a', 1, 2, add, 2)];
    demand(checkLinearizable(once, counterModel()), 2);
    expect(checkLinearizable(twice, counterModel()).ok).toBe(false);
  });

  it('a sequence may skip the number of a lost take, one without gaps only if it happened', () => {
    const lost = [unknown('a', 1, 'next' as const), completed('b', 2, 3, 'next' as const, 2)];
    const skipped = [completed('b', 2, 3, 'next' as const, 2)];
    const gapless = sequenceModel({ gapless: true });
    demand(checkLinearizable(lost, gapless), 1);
    expect(checkLinearizable(skipped, gapless).ok).toBe(false);
    demand(checkLinearizable(skipped, sequenceModel({ gapless: false })), 1);
  });

  it.each([4, 5])('a sequence that answers 5, and later %i, is found', (later) => {
    const history = [
      completed('a', 1, 2, 'next' as const, 5),
      completed('b', 3, 4, 'next' as const, later),
    ];
    expect(checkLinearizable(history, sequenceModel({ gapless: false })).ok).toBe(false);
  });

  it('histories of an atomic counter pass', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = seeded(seed);
      let sum = 0;
      const history = runAtomically<{ kind: 'add'; by: number } | { kind: 'read' }, number>({
        random,
        clients: 4,
        operations: 60,
        lossRate: 0.1,
        nextInput: () => (random.chance(0.5) ? { kind: 'add', by: 1 } : { kind: 'read' }),
        apply: (input) => {
          if (input.kind === 'add') sum += input.by;
          return sum;
        },
      });
      demand(checkLinearizable(history, counterModel()), 30);
    }
  });
});

describe('generated histories of a register', () => {
  it('pass, with unknown outcomes among them', () => {
    let unknowns = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const history = runRegister({ seed, clients: 5, operations: 100, lossRate: 0.05 });
      unknowns += history.filter(({ kind }) => kind === 'unknown').length;
      demand(checkLinearizable(history, registerModel()), 70);
    }
    expect(unknowns).toBeGreaterThan(1_000);
  });

  it('fail once a read is made to return an overwritten value', () => {
    let corrupted = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const history = runRegister({ seed, clients: 3, operations: 60, lossRate: 0.05 });
      const stale = withStaleRead(history);
      if (stale === undefined) continue;
      corrupted += 1;
      const verdict = checkLinearizable(stale, registerModel());
      expect(verdict, `seed ${seed}`).toMatchObject({ anomaly: 'not-linearizable' });
    }
    expect(corrupted).toBeGreaterThan(250);
  });

  it('fail once an acknowledged write is made to vanish', () => {
    let corrupted = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const history = runRegister({ seed, clients: 3, operations: 60, lossRate: 0.05 });
      const lost = history.find(
        ({ input }) =>
          input.kind === 'write' &&
          history.some(
            ({ kind, output }: { kind: string; output?: RegisterOutput }) =>
              kind === 'completed' && output?.kind === 'value' && output.value === input.value,
          ),
      );
      if (lost === undefined) continue;
      corrupted += 1;
      const verdict = checkLinearizable(
        history.filter((operation) => operation !== lost),
        registerModel(),
      );
      expect(verdict, `seed ${seed}`).toMatchObject({ anomaly: 'not-linearizable' });
    }
    expect(corrupted).toBeGreaterThan(250);
  });
});

describe('the limits of the search', () => {
  it('are reported as undecided, never as a pass', () => {
    const history = runRegister({ seed: 1, clients: 5, operations: 100, lossRate: 0.05 });
    expect(checkLinearizable(history, registerModel(), { limit: 20 })).toMatchObject({
      ok: false,
      anomaly: 'undecided',
    });
  });

  it('an empty history passes with no facts, which no demand accepts', () => {
    const verdict = checkLinearizable([], registerModel());
    expect(verdict).toEqual({ ok: true, checked: 0 });
    expect(() => demand(verdict)).toThrow('no evidence');
  });

  it('each key is judged by itself and named in the failure', () => {
    type Keyed = RegisterInput & { readonly key: string };
    const model = registerModel();
    const on = (key: string, input: RegisterInput): Keyed => ({ ...input, key });
    const good = [
      completed('a', 1, 2, on('x', write(1)), written),
      completed('a', 3, 4, on('y', read), value(null)),
    ];
    const bad = [...good, completed('a', 5, 6, on('x', read), value(null))];
    const keyOf = (input: Keyed) => input.key;
    demand(
      checkEachLinearizable<number | string | null, Keyed, RegisterOutput>(good, keyOf, model),
      2,
    );
    const verdict = checkEachLinearizable<number | string | null, Keyed, RegisterOutput>(
      bad,
      keyOf,
      model,
    );
    expect(verdict.ok || verdict.explanation).toMatch(/^x: no order explains read/);
  });
});

/** Every write has a value of its own, so a value that was replaced can never be read again. */
function withStaleRead(history: RegisterHistory): RegisterHistory | undefined {
  for (const early of history) {
    if (early.input.kind !== 'write') continue;
    const late = history.find(
      ({ input, calledAt }) => input.kind === 'write' && calledAt > early.returnedAt,
    );
    if (late === undefined) continue;
    const index = history.findIndex(
      ({ kind, input, calledAt }) =>
        kind === 'completed' && input.kind === 'read' && calledAt > late.returnedAt,
    );
    const target = history[index];
    if (target === undefined) continue;
    const { process, calledAt, returnedAt } = target;
    const stale = completed(process, calledAt, returnedAt, read, value(Number(early.input.value)));
    return history.with(index, stale);
  }
  return undefined;
}
