import type { ExploredName } from '../explore/catalogue.ts';

/** Where a bug of the library is looked for. */
export interface Territory {
  /** Of the simulator, and storms of transactions. */
  readonly workloads: readonly string[];
  readonly worlds: readonly ExploredName[];
}

/** Which workloads and small worlds come by a file of the library; the first that fits counts. */
const TERRITORIES: readonly (readonly [RegExp, Territory])[] = [
  [
    /^lib\/lease\/session/,
    { workloads: ['lock', 'holdings'], worlds: ['lock-under-session', 'permit-under-session'] },
  ],
  [/^lib\/(lease|core)\//, { workloads: ['lock', 'election'], worlds: ['lock', 'election'] }],
  [/^lib\/election\//, { workloads: ['election'], worlds: ['election'] }],
  [
    /^lib\/lock\/(pool|permit|read-write|conversion|semaphore|resize|shared)/,
    { workloads: ['permits'], worlds: ['semaphore', 'read-write-lock'] },
  ],
  [
    /^lib\/lock\/(latch|barrier|double|meeting|poll)/,
    { workloads: ['meetings'], worlds: ['latch', 'barrier'] },
  ],
  [/^lib\/lock\/(lock\.|control)/, { workloads: ['lock'], worlds: ['lock'] }],
  [
    /^lib\/lock\/(lock-set|locks)/,
    { workloads: ['holdings'], worlds: ['several-locks', 'several-locks-together'] },
  ],
  [/^lib\/lock\/portable/, { workloads: ['holdings'], worlds: ['exported-hold'] }],
  [
    /^lib\/(lock|recipes)\//,
    { workloads: ['holdings'], worlds: ['locked-item', 'item-under-session'] },
  ],
  [/^lib\/naming\/slot/, { workloads: [], worlds: ['slot-under-session'] }],
  [
    /^lib\/naming\/(name|sequence|reservation)/,
    { workloads: ['naming'], worlds: ['names', 'sequence', 'name-under-session'] },
  ],
  [/^lib\/config\/rollout/, { workloads: ['rollout'], worlds: [] }],
  [/^lib\/config\//, { workloads: ['config'], worlds: ['config'] }],
  [/^lib\/group\//, { workloads: ['group'], worlds: ['group'] }],
  [
    /^lib\/(transaction\/|store\/(lock-aware|row-)|naming\/gapless)/,
    { workloads: ['lists', 'promises', 'fences'], worlds: ['transaction'] },
  ],
  [/^functions\/sentinel\//, { workloads: [], worlds: ['sentinel'] }],
];

export function territoryOf(file: string): Territory | undefined {
  return TERRITORIES.find(([files]) => files.test(file))?.[1];
}

/** Every place where any bug is looked for. */
export function everywhere(): Territory {
  const all = TERRITORIES.map(([, territory]) => territory);
  return {
    workloads: [...new Set(all.flatMap(({ workloads }) => workloads))],
    worlds: [...new Set(all.flatMap(({ worlds }) => worlds))],
  };
}
