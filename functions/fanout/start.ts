import type { WatchedGroup } from '../sentinel/message.ts';
import type { Change } from './change.ts';

/** Of each group that somebody has joined the latest join: one message begins a chain for all. */
export function lastJoins(changes: readonly Change[]): readonly Change[] {
  const latest = new Map<string, Change>();
  for (const change of changes) {
    const start = startOf(change);
    if (start !== undefined) latest.set(JSON.stringify(start), change);
  }
  return [...latest.values()];
}

/** The group that the sentinel has to look after from now on, if the change is a join. */
export function startOf(change: Change): WatchedGroup | undefined {
  if (change.kind !== 'member' || change.change !== 'joined') return undefined;
  return { namespace: change.namespace, group: change.name };
}
