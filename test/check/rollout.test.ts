import { describe, expect, it } from 'vitest';
import { checkRollout, type RolloutState, type SideRead } from './rollout.ts';

const STATES: readonly RolloutState[] = [
  { at: 0, version: 1, rollout: undefined },
  { at: 10, version: 2, rollout: { name: 'one', from: 1, isAborted: false } },
  { at: 20, version: 2, rollout: { name: 'one', from: 1, isAborted: true } },
  { at: 30, version: 3, rollout: undefined },
];

function read(process: string, version: number, calledAt: number, returnedAt = calledAt + 1) {
  return { process, version, calledAt, returnedAt } satisfies SideRead;
}

describe('the check of rollouts', () => {
  it('passes both sides, the way back of an abort, and reads beside a change', () => {
    const reads = [
      read('a', 1, 5),
      read('a', 2, 12),
      read('b', 1, 12),
      read('a', 1, 25),
      read('b', 3, 35),
      read('c', 1, 9, 11),
      read('d', 2, 19, 21),
    ];
    expect(checkRollout(STATES, reads)).toEqual({ ok: true, checked: reads.length });
  });

  it.each([
    ['a version before the head has named it', [read('a', 2, 5)], 'wrong-version'],
    ['an aborted version', [read('a', 2, 25)], 'wrong-version'],
    ['an old version when everybody has the new one', [read('a', 1, 35)], 'wrong-version'],
    ['a process that changes over and back', [read('a', 2, 12), read('a', 1, 14)], 'went-back'],
  ])('finds %s', (_, reads, anomaly) => {
    expect(checkRollout(STATES, reads)).toMatchObject({ ok: false, anomaly });
  });
});
