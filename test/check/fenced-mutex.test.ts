import { describe, expect, it } from 'vitest';
import { runAtomically } from './atomic-run.ts';
import { fencedMutexModel, type MutexInput, type MutexOutput } from './fenced-mutex.ts';
import { completed, type History, unknown } from './history.ts';
import { checkLinearizable } from './linearizable.ts';
import { type Seeded, seeded } from './seeded.ts';
import { narrowByTokens } from './token-order.ts';
import { demand } from './verdict.ts';

type MutexHistory = History<MutexInput, MutexOutput>;

const acquire: MutexInput = { kind: 'acquire' };
const renew = (token: number): MutexInput => ({ kind: 'renew', token });
const release = (token: number): MutexInput => ({ kind: 'release', token });
const granted = (token: number): MutexOutput => ({ kind: 'granted', token });
const busy: MutexOutput = { kind: 'busy' };
const done: MutexOutput = { kind: 'done' };
const lost: MutexOutput = { kind: 'lost' };

const strict = fencedMutexModel({ lapses: false });
const lapsing = fencedMutexModel({ lapses: true });

describe('a fenced lock', () => {
  it.each<[string, MutexHistory]>([
    [
      'may be taken again after its release, by a larger token',
      [
        completed('a', 1, 2, acquire, granted(3)),
        completed('b', 3, 4, acquire, busy),
        completed('a', 5, 6, release(3), done),
        completed('b', 7, 8, acquire, granted(9)),
      ],
    ],
    [
      'may be taken after a release whose answer was lost',
      [
        completed('a', 1, 2, acquire, granted(1)),
        unknown('a', 3, release(1)),
        completed('b', 4, 5, acquire, granted(2)),
      ],
    ],
    [
      'may be busy because an acquire without answer got it',
      [unknown('a', 1, acquire), completed('b', 2, 3, acquire, busy)],
    ],
    [
      'may turn out to be held by an acquire whose answer was lost',
      [unknown('a', 1, acquire), completed('a', 2, 3, renew(1), done)],
    ],
  ])('%s', (_, history) => {
    demand(checkLinearizable(history, strict));
  });

  it('may be taken from its holder where leases lapse, and only there', () => {
    const history = [
      completed('a', 1, 2, acquire, granted(1)),
      completed('b', 3, 4, acquire, granted(2)),
      completed('a', 5, 6, renew(1), lost),
      completed('b', 7, 8, renew(2), done),
    ];
    demand(checkLinearizable(history, lapsing), 4);
    expect(checkLinearizable(history, strict).ok).toBe(false);
  });
});

describe('a broken fenced lock', () => {
  it.each<[string, MutexHistory]>([
    [
      'grants the same token twice',
      [completed('a', 1, 2, acquire, granted(1)), completed('b', 3, 4, acquire, granted(1))],
    ],
    [
      'grants a smaller token later',
      [
        completed('a', 1, 2, acquire, granted(2)),
        completed('a', 3, 4, release(2), done),
        completed('b', 5, 6, acquire, granted(1)),
      ],
    ],
    [
      'lets a holder renew after the lock was taken from it',
      [
        completed('a', 1, 2, acquire, granted(1)),
        completed('b', 3, 4, acquire, granted(2)),
        completed('a', 5, 6, renew(1), done),
      ],
    ],
    [
      'lets a late release by the old holder free the new holder',
      [
        completed('a', 1, 2, acquire, granted(1)),
        completed('b', 3, 4, acquire, granted(2)),
        completed('a', 5, 6, release(1), done),
      ],
    ],
    [
      'tells the holder that it lost a lock that nobody took',
      [completed('a', 1, 2, acquire, granted(1)), completed('a', 3, 4, renew(1), lost)],
    ],
    [
      'grants a token that an acquire without answer must have had',
      [
        completed('a', 1, 2, acquire, granted(1)),
        completed('a', 3, 4, release(1), done),
        unknown('b', 5, acquire),
        completed('c', 6, 7, acquire, busy),
        completed('c', 8, 9, acquire, granted(2)),
      ],
    ],
    ['is busy although nobody ever asked for it', [completed('a', 1, 2, acquire, busy)]],
  ])('%s', (_, history) => {
    expect(checkLinearizable(history, lapsing)).toMatchObject({ anomaly: 'not-linearizable' });
  });
});

/** A real lock whose leases lapse at random, and clients that renew and release what they got. */
function runLock(random: Seeded, fenced: boolean): MutexHistory {
  let holder: number | undefined;
  let last = 0;
  const held = new Map<string, number>();

  function nextInput(process: string): MutexInput {
    const token = held.get(process);
    if (token === undefined) return acquire;
    return random.chance(0.5) ? renew(token) : release(token);
  }

  function apply(input: MutexInput, process: string): MutexOutput {
    if (input.kind === 'acquire') {
      if (holder !== undefined && random.chance(0.8)) return busy;
      last += 1;
      holder = last;
      held.set(process, last);
      return granted(last);
    }
    if (input.kind === 'release') held.delete(process);
    if (holder !== input.token) {
      if (fenced || holder === undefined) held.delete(process);
      if (fenced || holder === undefined) return lost;
    }
    holder = input.kind === 'release' ? undefined : input.token;
    return done;
  }

  return runAtomically({ random, clients: 4, operations: 80, lossRate: 0.05, nextInput, apply });
}

describe('generated histories of a fenced lock', () => {
  it('pass when renew and release check the token', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      demand(checkLinearizable(runLock(seeded(seed), true), lapsing), 50);
    }
  });

  it('fail when renew and release do not', () => {
    let caught = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      const verdict = checkLinearizable(runLock(seeded(seed), false), lapsing);
      if (!verdict.ok && verdict.anomaly === 'not-linearizable') caught += 1;
    }
    expect(caught).toBeGreaterThan(190);
  });
});

describe('a history narrowed by its tokens', () => {
  it('is judged as it would be without that', () => {
    const verdicts = new Set<boolean>();
    for (let seed = 0; seed < 400; seed += 1) {
      const history = runLock(seeded(seed), seed % 2 === 0);
      const { ok } = checkLinearizable(history, lapsing);
      expect(checkLinearizable(narrowByTokens(history), lapsing).ok).toBe(ok);
      verdicts.add(ok);
    }
    expect(verdicts.size).toBe(2);
  });

  it('is decided where dozens waited, of whom the last was first', () => {
    const waiters = 40;
    const history = Array.from({ length: waiters }, (_, waiter) =>
      completed(`${waiter}`, waiter, 1_000 - waiter, acquire, granted(waiters - waiter)),
    );
    const limit = 10_000;
    const asItIs = checkLinearizable(history, lapsing, { limit });
    expect(asItIs).toMatchObject({ anomaly: 'undecided' });
    demand(checkLinearizable(narrowByTokens(history), lapsing, { limit }), waiters);
  });

  it('is left as it was where the order of tokens contradicts that of calls', () => {
    const history = [
      completed('a', 1, 2, acquire, granted(2)),
      completed('b', 3, 4, acquire, granted(1)),
    ];
    expect(narrowByTokens(history)).toBe(history);
  });
});
