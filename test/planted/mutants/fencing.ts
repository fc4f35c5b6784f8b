import type { Mutant } from '../mutant.ts';

const FENCING = 'lib/lease/fencing.ts';

/** Bugs in what the library adds to the caller's own writes. */
export const FENCING_MUTANTS = [
  {
    name: 'no-fence-compare',
    realBug: 'the token is stamped on what is written, and never compared',
    file: FENCING,
    find: `OR \${NAME} <= \${TOKEN}\``,
    replace: `OR \${NAME} <= \${TOKEN} OR \${NAME} > \${TOKEN}\``,
  },
  {
    name: 'fence-compare-strict',
    realBug: "`<` instead of `<=` refuses the holder's own second write: syncguard's guide",
    file: FENCING,
    find: `OR \${NAME} <= \${TOKEN}\``,
    replace: `OR \${NAME} < \${TOKEN}\``,
  },
  {
    name: 'fence-precedence',
    realBug: 'AND binds before OR, so a text put together without brackets means something else',
    file: FENCING,
    find: `\${conjunct(condition)} AND (\${fresh})`,
    replace: `\${condition} AND \${fresh}`,
  },
] as const satisfies readonly Mutant[];
