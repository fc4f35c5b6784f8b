import { describe, expect, it } from 'vitest';
import { checkFencing, checkTokens, type FencedRun, type GuardedWrite } from './fencing.ts';
import { runLeases } from './lease-run.ts';
import { seeded } from './seeded.ts';
import { demand } from './verdict.ts';

const grant = (holder: string, token: number, calledAt: number, returnedAt: number) => ({
  holder,
  token,
  calledAt,
  returnedAt,
});

const write = (
  id: string,
  token: number,
  calledAt: number,
  outcome: GuardedWrite['outcome'] = 'accepted',
): GuardedWrite => ({ id, writer: 'w', token, outcome, calledAt, returnedAt: calledAt + 1 });

const good: FencedRun = {
  grants: [grant('a', 1, 1, 2), grant('b', 5, 3, 4)],
  writes: [write('x', 1, 10), write('y', 5, 20), write('z', 1, 30, 'refused')],
  applied: ['x', 'y'],
  refusesAfter: 'write',
};

describe('fencing tokens', () => {
  it('may be granted in either order by calls that overlap', () => {
    demand(checkTokens([grant('a', 2, 1, 9), grant('b', 1, 2, 8)]), 2);
  });

  it.each([
    ['token-not-larger', 'right after', [grant('a', 2, 1, 2), grant('b', 1, 3, 4)]],
    [
      'token-not-larger',
      'beside a call that goes on',
      [grant('a', 9, 1, 2), grant('b', 10, 1, 20), grant('c', 8, 15, 16)],
    ],
    ['token-granted-twice', 'by calls that overlap', [grant('a', 1, 1, 9), grant('b', 1, 2, 8)]],
  ])('show %s %s', (anomaly, _, grants) => {
    expect(checkTokens(grants)).toMatchObject({ ok: false, anomaly });
  });

  it('name both holders when one is too small', () => {
    const verdict = checkTokens([grant('a', 2, 1, 2), grant('b', 1, 3, 4)]);
    expect(verdict).toHaveProperty(
      'explanation',
      'a was granted 2 (1..2), and only then b was granted 1 (3..4)',
    );
  });
});

describe('writes under a fencing token', () => {
  it('pass when the resource refuses stale ones and keeps the others', () => {
    demand(checkFencing(good), 5);
  });

  it('may come late where only a newer write refuses them, not where a newer grant does', () => {
    const late = { ...good, writes: [write('x', 1, 10)], applied: ['x'] };
    demand(checkFencing(late), 3);
    expect(checkFencing({ ...late, refusesAfter: 'grant' })).toMatchObject({
      anomaly: 'stale-write-accepted',
    });
  });

  it('may be shown or not when their outcome is unknown', () => {
    const doubtful = { ...good, writes: [write('x', 1, 10, 'unknown'), write('y', 5, 20)] };
    demand(checkFencing(doubtful), 4);
    demand(checkFencing({ ...doubtful, applied: ['y'] }), 4);
  });

  it.each<[string, string, Partial<FencedRun>]>([
    ['token-never-granted', 'by anybody', { writes: [...good.writes, write('q', 3, 40)] }],
    [
      'stale-write-accepted',
      'after a newer one',
      { writes: [write('y', 5, 20), write('x', 1, 30)] },
    ],
    [
      'stale-write-accepted',
      'in the order of the resource',
      { writes: good.writes.slice(0, 2), applied: ['y', 'x'] },
    ],
    ['write-lost', 'after its acknowledgement', { applied: ['y'] }],
    ['refused-write-applied', 'all the same', { applied: ['x', 'y', 'z'] }],
    ['write-applied-twice', 'by a retry', { applied: ['x', 'x', 'y'] }],
    ['write-from-nowhere', 'in the resource', { applied: ['x', 'q', 'y'] }],
  ])('show %s %s', (anomaly, _, change) => {
    expect(checkFencing({ ...good, ...change })).toMatchObject({ ok: false, anomaly });
  });
});

describe('generated runs of a lock that guards a resource', () => {
  it('pass with fencing, however long holders overrun', () => {
    let refused = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const run = runLeases({ random: seeded(seed), fenced: true, overrunMs: 200 });
      refused += run.writes.filter(({ outcome }) => outcome === 'refused').length;
      demand(checkFencing({ ...run, refusesAfter: 'write' }), 150);
    }
    expect(refused).toBeGreaterThan(1_000);
  });

  it('fail without fencing as soon as holders overrun', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const run = runLeases({ random: seeded(seed), fenced: false, overrunMs: 200 });
      const verdict = checkFencing({ ...run, refusesAfter: 'write' });
      expect(verdict, `seed ${seed}`).toMatchObject({ anomaly: 'stale-write-accepted' });
    }
  });

  it('fail when one acknowledged write is taken from the resource', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const run = runLeases({ random: seeded(seed), fenced: true, overrunMs: 0 });
      const acknowledged = run.writes.filter(({ outcome }) => outcome === 'accepted');
      const { id } = seeded(seed).pick(acknowledged);
      const applied = run.applied.filter((other) => other !== id);
      const verdict = checkFencing({ ...run, applied, refusesAfter: 'write' });
      expect(verdict, `seed ${seed}`).toMatchObject({ anomaly: 'write-lost' });
    }
  });
});
