import type { Mutant } from '../mutant.ts';

/** Bugs by which versions of a configuration are lost, mixed up or shown to the wrong ones. */
export const CONFIG_MUTANTS = [
  {
    name: 'version-claim-unconditional',
    realBug: 'read the number, add one, write: two who publish at once write one version',
    file: 'lib/config/protocol.ts',
    find: 'condition: and(absent(A.version), absent(ATTRIBUTE.transactionLock)),',
    replace: 'condition: undefined,',
  },
  {
    name: 'head-flip-unconditional',
    realBug: 'the pointer is simply written: one that arrives late points at an old version',
    file: 'lib/config/protocol.ts',
    find: `      ...stamp(head, version.change),
    ],
    condition: isHead(head),`,
    replace: `      ...stamp(head, version.change),
    ],`,
  },
  {
    name: 'claimed-version-left-alone',
    realBug: 'a publisher that died between its two writes blocks the number for ever',
    file: 'lib/config/publisher.ts',
    find: 'if (next.version === head.version) await this.#complete(next, claimed, keep);',
    replace: '',
  },
  {
    name: 'floor-not-looked-at',
    realBug: 'a number that was compacted is free again: its next claim is never seen by anybody',
    file: 'lib/config/publisher.ts',
    find: "return version.version <= head.floor ? 'outlived' : 'published';",
    replace: "return 'published';",
  },
] as const satisfies readonly Mutant[];
