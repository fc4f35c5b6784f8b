import type { Mutant } from '../mutant.ts';

/** Bugs by which a watcher is shown what is not so. */
export const WATCHING_MUTANTS = [
  {
    name: 'head-goes-backwards',
    realBug: 'each poll is believed: a replica that lags takes the watchers back in time',
    file: 'lib/watch/head-state.ts',
    find: 'if (revision < state.revision) {',
    replace: 'if (revision < 0) {',
  },
] as const satisfies readonly Mutant[];
