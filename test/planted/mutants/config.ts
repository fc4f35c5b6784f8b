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
  {
    name: 'claim-age-by-one-clock',
    realBug: 'a time-out is measured by a clock that stands still while the host is suspended',
    file: 'lib/config/publisher.ts',
    find: 'Math.max(now.monotonicMs - sent.monotonicMs, now.wallMs - sent.wallMs)',
    replace: 'now.monotonicMs - sent.monotonicMs',
  },
  {
    name: 'acknowledged-before-the-flip',
    realBug: 'the version is written, the pointer follows in the background: a crash loses it',
    file: 'lib/config/publisher.ts',
    find: 'const outcome = await this.#complete(head, version, keep);',
    replace: "const outcome = 'published'; void this.#complete(head, version, keep);",
  },
  {
    name: 'read-without-schema',
    realBug: 'checked by who publishes alone: another release of the program reads it as it is',
    file: 'lib/config/replica.ts',
    find: 'const result = await validate(this.#options.schema, JSON.parse(document));',
    replace: 'const result = { value: JSON.parse(document), issues: undefined };',
  },
  {
    name: 'watch-jumps-over-holes',
    realBug:
      'whatever versions are there are told: those that were removed meanwhile are not missed',
    file: 'lib/config/watch.ts',
    find: 'isWhole = version.version === place.version + 1;',
    replace: 'isWhole = true;',
  },
  {
    name: 'rollout-side-by-time',
    realBug: 'a draw for each request: one user sees the new version, the old one and the new one',
    file: 'lib/config/rollout.ts',
    find: 'return 100 * shareOf(rollout.salt, unit) < percent ? to : from;',
    replace: 'return 100 * shareOf(String(nowMs), unit) < percent ? to : from;',
  },
  {
    name: 'expired-before-the-floor',
    realBug: 'old versions are removed first and announced later: a crash in between hides the gap',
    file: 'lib/config/compactor.ts',
    find: "if (result.kind !== 'applied') return 0;",
    replace: "if (result.kind !== 'applied') { await this.expire(head.floor, floor); return 0; }",
  },
] as const satisfies readonly Mutant[];
