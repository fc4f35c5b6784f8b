import type { Key } from './value.ts';

export const CONFIG_ATTRIBUTE = {
  /** On the head: the newest version. On a version's row: which one it is. */
  version: 'version',
  /** Grows with every write of the head. */
  revision: 'revision',
  /** No version up to this one need still be there. */
  floor: 'floor',
  /** Which life of the document it is: numbers and cursors of another one mean nothing. */
  epoch: 'epoch',
  /** The request that wrote the row last. */
  change: 'change',
  /** The staged rollout of the newest version, while there is one. */
  rollout: 'rollout',
  /** What became of the latest rollouts, oldest first. */
  rolloutLog: 'rolloutLog',
  /** The document as JSON text; absent when the version says that it is deleted. */
  document: 'document',
  /** When the version was claimed, by the table's clock. */
  publishedAt: 'publishedAt',
  /** Who published it, and why. */
  by: 'by',
  note: 'note',
  /** The version that a rollback has published again. */
  repeats: 'repeats',
  /** What a process says of the version that it was asked to run: applied or rejected. */
  state: 'state',
  reportedAt: 'reportedAt',
  issues: 'issues',
} as const;

/** Versions sort as their numbers do. */
const VERSION_DIGITS = 16;

export function configKey(namespace: string, name: string): Key {
  return { pk: `${namespace}#config#${name}`, sk: 'head' };
}

export function versionKey(head: Key, version: number): Key {
  return { pk: head.pk, sk: `version#${String(version).padStart(VERSION_DIGITS, '0')}` };
}

export const READER_PREFIX = 'reader#';

export function readerKey(head: Key, reader: string): Key {
  return { pk: head.pk, sk: READER_PREFIX + reader };
}
