import { describe, expect, it } from 'vitest';
import { type Seeded, seeded } from './seeded.ts';
import { demand } from './verdict.ts';
import { checkWatch, type Subscription, type WatchEvent, type WatchTruth } from './watch.ts';

const stateOf = (version: number) => `value ${version}`;

/** Version n becomes current between 10 n and 10 n + 5. */
function truthOf(versions: number, compactedThrough = 0): WatchTruth {
  const log = Array.from({ length: versions }, (_, index) => ({
    version: index + 1,
    value: stateOf(index + 1),
    calledAt: 10 * (index + 1),
    returnedAt: 10 * (index + 1) + 5,
  }));
  return { log, compactedThrough };
}

const shown = (version: number, kind: WatchEvent['kind'] = 'version'): WatchEvent => ({
  kind,
  version,
  value: stateOf(version),
  at: 10 * version + 3,
});

const watching = (events: readonly WatchEvent[], after = 0): Subscription => ({
  watcher: 'x',
  from: { kind: 'cursor', after },
  delivery: 'every',
  events,
  caughtUp: true,
});

describe('a watch', () => {
  it.each<[string, WatchTruth, Subscription, number]>([
    ['shows every version', truthOf(3), watching([shown(1), shown(2), shown(3)]), 4],
    ['resumes after its cursor', truthOf(4), watching([shown(3), shown(4)], 2), 3],
    ['has nothing to show when nothing is new', truthOf(2), watching([], 2), 1],
    [
      'is reset where what it missed is gone',
      truthOf(9, 6),
      watching([shown(1), shown(8, 'reset'), shown(9)]),
      4,
    ],
    [
      'may skip versions when it only promises the latest',
      truthOf(9),
      { ...watching([shown(2), shown(9)]), delivery: 'latest' },
      3,
    ],
    [
      'may begin with what is current or newer',
      truthOf(4),
      { ...watching([shown(3), shown(4)]), from: { kind: 'current', at: 27 } },
      3,
    ],
    [
      'may begin with just what was current',
      truthOf(3),
      { ...watching([shown(2), shown(3)]), from: { kind: 'current', at: 26 } },
      3,
    ],
    [
      'may begin with what was replaced at that very moment',
      truthOf(3),
      { ...watching([shown(1), shown(2), shown(3)]), from: { kind: 'current', at: 25 } },
      4,
    ],
    [
      'may show a version at the moment at which it is published',
      truthOf(1),
      watching([{ ...shown(1), at: 10 }]),
      2,
    ],
    [
      'may be short of the last state when it was stopped',
      truthOf(4),
      { ...watching([shown(1)]), caughtUp: false },
      1,
    ],
  ])('%s', (_, truth, subscription, facts) => {
    expect(checkWatch(truth, [subscription])).toEqual({ ok: true, checked: facts });
  });
});

describe('a watch that breaks its promise', () => {
  it.each<[string, string, WatchTruth, Subscription]>([
    ['never-published', 'after the last', truthOf(1), watching([shown(1), shown(2)])],
    ['wrong-value', 'under a version', truthOf(1), watching([{ ...shown(1), value: 'other' }])],
    ['before-published', 'was possible', truthOf(1), watching([{ ...shown(1), at: 9 }])],
    [
      'stale-start',
      'without a cursor',
      truthOf(3),
      { ...watching([shown(1), shown(2), shown(3)]), from: { kind: 'current', at: 27 } },
    ],
    ['out-of-order', 'by versions', truthOf(2), watching([shown(1), shown(2), shown(1)])],
    ['out-of-order', 'by a reset', truthOf(3, 3), watching([shown(3, 'reset'), shown(2, 'reset')])],
    ['repeated', 'within a subscription', truthOf(2), watching([shown(1), shown(1), shown(2)])],
    ['repeated', 'after its cursor', truthOf(2), watching([shown(1), shown(2)], 1)],
    ['not-resumed', 'after its cursor', truthOf(4), watching([shown(4)], 2)],
    ['gap', 'between two events', truthOf(3), watching([shown(1), shown(3)])],
    [
      'gap',
      'even where the missing version is gone',
      truthOf(3, 2),
      watching([shown(1), shown(3)]),
    ],
    [
      'needless-reset',
      'over readable versions',
      truthOf(3),
      watching([shown(1), shown(3, 'reset')]),
    ],
    [
      'needless-reset',
      'at the edge of what is gone',
      truthOf(9, 6),
      watching([shown(7, 'reset')], 6),
    ],
    ['last-state-missing', 'after quiet', truthOf(3), watching([shown(1), shown(2)])],
    ['last-state-missing', 'in silence', truthOf(3), watching([])],
  ])('shows %s %s', (anomaly, _, truth, subscription) => {
    expect(checkWatch(truth, [subscription])).toMatchObject({ ok: false, anomaly });
  });

  it('is not judged by a log that has holes itself', () => {
    const { log } = truthOf(3);
    const broken = { log: log.toSpliced(1, 1), compactedThrough: 0 };
    expect(checkWatch(broken, [])).toEqual({
      ok: false,
      anomaly: 'log-broken',
      explanation: 'version 1 is followed by 3',
    });
  });
});

describe('generated watches', () => {
  const VERSIONS = 60;

  it('pass', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const { truth, subscriptions } = runWatch(seeded(seed), VERSIONS);
      demand(checkWatch(truth, subscriptions), 20);
    }
  });

  it.each<[string, (events: readonly WatchEvent[], at: number) => readonly WatchEvent[]]>([
    ['is dropped', (events, at) => events.toSpliced(at, 1)],
    ['is repeated', (events, at) => events.toSpliced(at, 0, ...events.slice(at, at + 1))],
    [
      'changes places with the next',
      (events, at) => [
        ...events.slice(0, at),
        ...events.slice(at, at + 2).reverse(),
        ...events.slice(at + 2),
      ],
    ],
    [
      'shows the state of another version',
      (events, at) => events.map((event, i) => (i === at ? { ...event, value: 'other' } : event)),
    ],
  ])('fail when one event %s', (_, corrupt) => {
    for (let seed = 0; seed < 200; seed += 1) {
      const random = seeded(seed);
      const { truth, subscriptions } = runWatch(random, VERSIONS);
      const last = subscriptions.at(-1);
      if (last === undefined) throw new Error('nobody watched');
      const events = corrupt(last.events, random.below(last.events.length - 1));
      const verdict = checkWatch(truth, [...subscriptions.slice(0, -1), { ...last, events }]);
      expect(verdict.ok, `seed ${seed}`).toBe(false);
    }
  });
});

/** A watcher that is cut off and resumes, now and then beyond what is still readable. */
function runWatch(random: Seeded, versions: number) {
  const compactedThrough = random.below(versions / 2);
  const truth = truthOf(versions, compactedThrough);
  const subscriptions: Subscription[] = [];
  let cursor = 0;
  while (cursor < versions) {
    const after = cursor;
    const events: WatchEvent[] = [];
    if (cursor < compactedThrough) {
      cursor = compactedThrough + 1 + random.below(3);
      events.push(shown(cursor, 'reset'));
    }
    const stop = random.chance(0.5) ? versions : Math.min(versions - 3, cursor + random.below(9));
    while (cursor < stop) {
      cursor += 1;
      events.push(shown(cursor));
    }
    subscriptions.push({ ...watching(events, after), caughtUp: cursor === versions });
  }
  return { truth, subscriptions };
}
