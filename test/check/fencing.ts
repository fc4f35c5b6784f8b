import { groupBy } from './group-by.ts';
import type { Interval } from './history.ts';
import { largestBefore } from './real-time.ts';
import { allOf, failed, passed, type Verdict } from './verdict.ts';

/** A grant that its owner was told of. */
export interface Grant extends Interval {
  readonly holder: string;
  readonly token: number;
}

/** A write to the protected resource, with the token of the hold that it was made under. */
export interface GuardedWrite extends Interval {
  readonly id: string;
  readonly writer: string;
  readonly token: number;
  readonly outcome: 'accepted' | 'refused' | 'unknown';
}

export interface FencedRun {
  readonly grants: readonly Grant[];
  readonly writes: readonly GuardedWrite[];
  /** Ids of the writes that the resource shows at the end, in the order of their application. */
  readonly applied: readonly string[];
  /**
   * From when a stale token must be refused: `write`, once a newer holder has written (a token
   * stamped on the item), or already `grant`, once there is one (a check of the lock's row).
   */
  readonly refusesAfter: 'grant' | 'write';
}

export type TokenAnomaly = 'token-not-larger' | 'token-granted-twice';

export type FencingAnomaly =
  | TokenAnomaly
  | 'token-never-granted'
  | 'stale-write-accepted'
  | 'write-lost'
  | 'refused-write-applied'
  | 'write-applied-twice'
  | 'write-from-nowhere';

type FencingVerdict = Verdict<FencingAnomaly>;

/**
 * Whether fencing tokens kept order among holders, and the resource kept out stale ones. Nothing
 * here depends on how long anybody believed to hold the lock: this must hold under any pause and
 * any clock. Facts judged: grants and writes. O(n log n).
 */
export function checkFencing(run: FencedRun): FencingVerdict {
  return allOf<FencingAnomaly>(
    () => checkTokens(run.grants),
    () => checkWrites(run),
    () => checkApplied(run.writes, run.applied),
  );
}

/** Every token is granted once, and exceeds every token granted before its own call began. */
export function checkTokens(grants: readonly Grant[]): Verdict<TokenAnomaly> {
  for (const [before, grant] of largestBefore(grants, grants, tokenOf)) {
    if (grant.token > before.token) continue;
    return failed('token-not-larger', `${say(before)}, and only then ${say(grant)}`);
  }
  for (const [first, second] of groupBy(grants, tokenOf).values()) {
    if (first === undefined || second === undefined) continue;
    return failed('token-granted-twice', `${say(first)}, and ${say(second)}`);
  }
  return passed(grants.length);
}

/** No write was accepted that had to be refused. */
function checkWrites({ grants, writes, refusesAfter }: FencedRun): FencingVerdict {
  const tokens = new Set(grants.map(tokenOf));
  const stranger = writes.find((write) => !tokens.has(write.token));
  if (stranger !== undefined) return failed('token-never-granted', say(stranger));

  const accepted = writes.filter((write) => write.outcome === 'accepted');
  const barriers: readonly (Grant | GuardedWrite)[] =
    refusesAfter === 'grant' ? [...grants, ...accepted] : accepted;
  for (const [barrier, write] of largestBefore(barriers, accepted, tokenOf)) {
    if (write.token >= barrier.token) continue;
    return failed('stale-write-accepted', `${say(barrier)}, and only then ${say(write)}`);
  }
  return passed(0);
}

/** The resource shows what was acknowledged, once, in an order in which no token goes back. */
function checkApplied(writes: readonly GuardedWrite[], applied: readonly string[]): FencingVerdict {
  const byId = new Map(writes.map((write) => [write.id, write]));
  const shown = new Set<string>();
  let previous: GuardedWrite | undefined;
  for (const id of applied) {
    const write = byId.get(id);
    if (write === undefined) return failed('write-from-nowhere', `nobody wrote ${id}`);
    if (write.outcome === 'refused') return failed('refused-write-applied', say(write));
    if (shown.has(id)) return failed('write-applied-twice', say(write));
    if (previous !== undefined && write.token < previous.token) {
      const order = `${say(previous)}, and after it ${say(write)}`;
      return failed('stale-write-accepted', `the resource applied ${order}`);
    }
    shown.add(id);
    previous = write;
  }
  const lost = writes.find((write) => write.outcome === 'accepted' && !shown.has(write.id));
  return lost === undefined ? passed(writes.length) : failed('write-lost', say(lost));
}

function tokenOf({ token }: { readonly token: number }): number {
  return token;
}

function say(event: Grant | GuardedWrite): string {
  const { token, calledAt, returnedAt } = event;
  if ('holder' in event) return `${event.holder} was granted ${token} (${calledAt}..${returnedAt})`;
  const { id, writer, outcome } = event;
  return `${writer} wrote ${id} under ${token} (${calledAt}..${returnedAt}, ${outcome})`;
}
