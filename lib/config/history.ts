import { type Difference, differencesOf } from './document.ts';
import { type DocumentTable, missingVersion } from './document-table.ts';
import type { Version } from './protocol.ts';

/** A version as the history tells it. Times are epoch milliseconds on the table's clock. */
export interface HistoryEntry {
  readonly version: number;
  /** What was published, before any schema; `undefined`: this version deleted the document. */
  readonly value: unknown;
  readonly publishedAt: number | undefined;
  readonly by: string | undefined;
  readonly note: string | undefined;
  /** The version that this one, being a rollback, has published again. */
  readonly repeats: number | undefined;
}

/** What was published at some time in the past. */
export interface PastState extends HistoryEntry {
  /**
   * `under-way`: a part of the processes ran this version, and the others `from`. `aborted`: all of
   * them ran `from`.
   */
  readonly rollout: 'none' | 'under-way' | 'aborted';
  readonly from: number | undefined;
}

export function entryOf(version: Version): HistoryEntry {
  const { document, publishedAt, by, note, repeats } = version;
  const value: unknown = document === undefined ? undefined : JSON.parse(document);
  return { version: version.version, value, publishedAt, by, note, repeats };
}

/** The newest versions, newest first. */
export async function history(table: DocumentTable, limit: number): Promise<HistoryEntry[]> {
  const head = await table.freshHead();
  const from = Math.max(head.floor + 1, head.version - limit + 1);
  const entries: HistoryEntry[] = [];
  for await (const version of table.versions(from, head.version, 'descending')) {
    entries.push(entryOf(version));
  }
  return entries;
}

/** @throws `version-missing` */
export async function versionOf(table: DocumentTable, number: number): Promise<Version> {
  const head = await table.freshHead();
  // A row above the head was claimed and is not published.
  const isPublished = number >= 1 && number <= head.version;
  const version = isPublished ? await table.version(number, head.epoch) : undefined;
  if (version === undefined) throw missingVersion(table, number);
  return version;
}

export async function diff(
  table: DocumentTable,
  before: number,
  after: number,
): Promise<readonly Difference[]> {
  const [left, right] = await Promise.all([versionOf(table, before), versionOf(table, after)]);
  return differencesOf(entryOf(left).value, entryOf(right).value);
}

/**
 * What was current then. A version counts from the latest time that it or one before it bears: the
 * clocks of two publishers may differ, and the order of the versions is what happened.
 */
export async function at(table: DocumentTable, timeMs: number): Promise<PastState | undefined> {
  const head = await table.freshHead();
  let current: Version | undefined;
  for await (const version of table.versions(head.floor + 1, head.version)) {
    if ((version.publishedAt ?? 0) > timeMs) break;
    current = version;
  }
  if (current === undefined) {
    if (head.floor > 0) throw missingVersion(table, head.floor);
    return undefined;
  }
  const { version } = current;
  const last = head.log.findLast((entry) => entry.to === version && entry.at <= timeMs);
  const state = { ...entryOf(current), from: last?.from } as const;
  switch (last?.what) {
    case 'started':
    case 'paused':
    case 'resumed':
      return { ...state, rollout: 'under-way' };
    case 'aborted':
      return { ...state, rollout: 'aborted' };
    default:
      return { ...state, rollout: 'none', from: undefined };
  }
}
