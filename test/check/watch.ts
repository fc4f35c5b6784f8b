import type { Interval } from './history.ts';
import { failed, passed, type Verdict } from './verdict.ts';

/**
 * One version of the watched thing, as the table's own history tells it. It became current between
 * `calledAt` and `returnedAt` of its publication; a simulator, which knows when, sets both to that.
 */
export interface LoggedVersion extends Interval {
  readonly version: number;
  /** The state in canonical text; being deleted is a state too. */
  readonly value: string;
}

export interface WatchTruth {
  /** All versions, ascending. */
  readonly log: readonly LoggedVersion[];
  /** No version up to this one can be read any more; 0 when all can. */
  readonly compactedThrough: number;
}

export interface WatchEvent {
  /** A `reset` says that versions before it are missing, and gives the whole state. */
  readonly kind: 'version' | 'reset';
  readonly version: number;
  readonly value: string;
  readonly at: number;
}

/** One run of a watcher, from where it began or resumed to where it stopped. */
export interface Subscription {
  readonly watcher: string;
  readonly from:
    | { readonly kind: 'cursor'; readonly after: number }
    /** Begins with the state as of the subscription or later. */
    | { readonly kind: 'current'; readonly at: number };
  /** Whether it promises every version, or the latest and nothing of what it replaced. */
  readonly delivery: 'every' | 'latest';
  readonly events: readonly WatchEvent[];
  /** Whether it was left alone for long enough to owe the last version. */
  readonly caughtUp: boolean;
}

export type WatchAnomaly =
  | 'log-broken'
  | 'never-published'
  | 'wrong-value'
  | 'before-published'
  | 'stale-start'
  | 'out-of-order'
  | 'repeated'
  | 'not-resumed'
  | 'gap'
  | 'needless-reset'
  | 'last-state-missing';

type WatchVerdict = Verdict<WatchAnomaly>;

/**
 * Whether watchers were told the truth: only what was published, in order, once, without a gap that
 * was not announced, from the cursor on, to the last state. Facts judged: events, and
 * subscriptions that owed the last state.
 */
export function checkWatch(
  truth: WatchTruth,
  subscriptions: readonly Subscription[],
): WatchVerdict {
  const broken = truth.log.findIndex(
    ({ version }, index) => index > 0 && version !== (truth.log[index - 1]?.version ?? 0) + 1,
  );
  if (broken > 0) {
    const pair = truth.log.slice(broken - 1, broken + 1).map(({ version }) => version);
    return failed('log-broken', `version ${pair.join(' is followed by ')}`);
  }
  let checked = 0;
  for (const subscription of subscriptions) {
    const verdict = checkSubscription(truth, subscription);
    if (!verdict.ok) {
      return failed(verdict.anomaly, `${subscription.watcher} ${verdict.explanation}`);
    }
    checked += verdict.checked;
  }
  return passed(checked);
}

function checkSubscription(truth: WatchTruth, subscription: Subscription): WatchVerdict {
  const { from, events, caughtUp } = subscription;
  let last = from.kind === 'cursor' ? from.after : undefined;
  for (const [index, event] of events.entries()) {
    const verdict = checkTruthful(truth, event);
    if (!verdict.ok) return verdict;
    const placed =
      last === undefined
        ? checkStart(truth, subscription, event)
        : checkPlace(truth, subscription, event, last, index);
    if (!placed.ok) return placed;
    last = event.version;
  }
  const owed = truth.log.at(-1)?.version;
  if (caughtUp && owed !== undefined && last !== owed) {
    return failed('last-state-missing', `was left at ${last ?? 'nothing'}, not at ${owed}`);
  }
  return passed(events.length + (caughtUp ? 1 : 0));
}

/** The event shows what was published under that version, and no earlier. */
function checkTruthful({ log }: WatchTruth, event: WatchEvent): WatchVerdict {
  const { version, value, at } = event;
  const published = log[version - (log[0]?.version ?? 0)];
  if (published === undefined) return failed('never-published', `was shown version ${version}`);
  if (published.value !== value) {
    return failed('wrong-value', `was shown ${value} as ${version}, which is ${published.value}`);
  }
  if (at < published.calledAt) {
    return failed(
      'before-published',
      `was shown version ${version} at ${at}, though published from ${published.calledAt} on`,
    );
  }
  return passed(1);
}

/** The first event of a subscription without a cursor. */
function checkStart({ log }: WatchTruth, { from }: Subscription, event: WatchEvent): WatchVerdict {
  if (from.kind === 'cursor') return passed(1);
  const current = log.findLast(({ returnedAt }) => returnedAt < from.at);
  if (current === undefined || event.version >= current.version) return passed(1);
  return failed(
    'stale-start',
    `began at ${from.at} with version ${event.version}, when ${current.version} was current`,
  );
}

/** The event follows the one before it, or the cursor, as promised. */
function checkPlace(
  { compactedThrough }: WatchTruth,
  { delivery }: Subscription,
  { kind, version }: WatchEvent,
  last: number,
  index: number,
): WatchVerdict {
  const order = `was shown version ${version} after ${last}`;
  if (version < last) return failed('out-of-order', order);
  if (kind === 'reset') {
    // A watcher that resets whenever it likes would hide every gap.
    if (last < compactedThrough || delivery === 'latest') return passed(1);
    return failed('needless-reset', `was reset to ${version} after ${last}, all being readable`);
  }
  if (version === last) return failed('repeated', order);
  if (version === last + 1 || delivery === 'latest') return passed(1);
  return failed(index === 0 ? 'not-resumed' : 'gap', order);
}
