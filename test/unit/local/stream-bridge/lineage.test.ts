import { describe, expect, test } from 'vitest';
import {
  firstProgress,
  type ShardProgress,
  startable,
} from '../../../../lib/local/stream-bridge/lineage.ts';

const SHARDS = [
  { id: 'child', parentId: 'parent' },
  { id: 'parent', parentId: 'gone' },
  { id: 'other' },
];
const reading = { kind: 'reading', position: { kind: 'trim-horizon' } } as const;

function starting(progress: Readonly<Record<string, ShardProgress>>): string[] {
  return startable(SHARDS, new Map(Object.entries(progress))).map(({ id }) => id);
}

describe('shards', () => {
  test('begin with those whose parents are gone or never were', () => {
    expect(starting({})).toEqual(['parent', 'other']);
  });

  test('wait for their parent to be finished', () => {
    expect(starting({ parent: reading, other: reading })).toEqual([]);
    expect(starting({ parent: { kind: 'finished' }, other: reading })).toEqual(['child']);
  });

  test('are joined at their end from the latest on, and their parents not at all', () => {
    const latest = { kind: 'reading', position: { kind: 'latest' } };
    const progress = Object.fromEntries(firstProgress(SHARDS, 'latest'));
    expect(progress).toEqual({ child: latest, parent: { kind: 'finished' }, other: latest });
    expect(firstProgress(SHARDS, 'trim-horizon').size).toBe(0);
  });
});
