import type { Key } from './value.ts';

/**
 * Rows of the sentinel: one for each group that it looks after, apart from the group's own
 * partition, so that an hourly look finds them all without a scan. A namespace begins with a
 * letter or a digit, so no client's policy reaches them, and no name of a client's is in the way.
 */
export const CHAIN_PARTITION_PREFIX = '_sentinel#chains#';

/** A partition takes 1,000 writes a second: these together 16,000 groups that begin at once. */
export const CHAIN_PARTITIONS = 16;

export const CHAIN_ATTRIBUTE = {
  namespace: 'namespace',
  group: 'group',
  /** The number of the message whose turn it is, or was when the chain ended. Only ever grows. */
  chain: 'chain',
  /** Present while there is a chain. */
  runs: 'runs',
  /** How many joins have asked for one. */
  starts: 'starts',
  /** When the message should have been served, on the table clock. */
  dueAt: 'dueAt',
} as const;

/** The sort key begins with what no stream filter lets through, whatever the namespace is. */
export function chainKey(partition: number, namespace: string, group: string): Key {
  return { pk: `${CHAIN_PARTITION_PREFIX}${partition}`, sk: `chain#${namespace}#${group}` };
}
