import type { Mutant } from '../mutant.ts';

/** Bugs of elections. */
export const ELECTION_MUTANTS = [
  {
    name: 'leader-resigns-before-body-settled',
    realBug: 'the leader resigns on the first sign of loss, while its work goes on: client-go',
    file: 'lib/lease/hold.ts',
    find: 'const result = await body(hold);',
    replace: `const lost = new Promise((resolve) => {
      hold.signal.addEventListener('abort', resolve);
    });
    const result = await Promise.race([body(hold), lost]);`,
  },
  {
    name: 'observer-goes-back',
    realBug: 'a replica that lags shows the leader before, and followers turn back to it',
    file: 'lib/election/observer.ts',
    find: 'if (seen === undefined || isCurrent(seen, next)) {',
    replace: 'if (next !== undefined) {',
  },
] as const satisfies readonly Mutant[];
