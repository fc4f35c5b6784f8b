import { describe, expect, it } from 'vitest';
import { type GroupRunOptions, runGroup } from './group-run.ts';
import {
  checkAccuracy,
  checkCompleteness,
  checkConvergence,
  checkFreshness,
  checkMembership,
  type MemberChange,
  type MembershipRun,
  type View,
} from './membership.ts';
import { seeded } from './seeded.ts';
import { demand } from './verdict.ts';

const change = (
  member: string,
  kind: MemberChange['kind'],
  atMs: number,
  revision: number,
): MemberChange => ({ member, kind, atMs, revision });

const view = (
  observer: string,
  revision: number,
  members: readonly string[],
  fromMs: number,
  untilMs: number,
): View => ({ observer, revision, members, fromMs, untilMs });

const good: MembershipRun = {
  members: [
    { id: 'a', beatsMs: [10, 20, 30, 40, 50, 60, 70, 80, 90] },
    { id: 'b', beatsMs: [12, 22], endedMs: 25 },
  ],
  changes: [
    change('a', 'joined', 10, 1),
    change('b', 'joined', 12, 2),
    change('b', 'removed', 45, 3),
  ],
  views: [
    view('x', 0, [], 5, 13),
    // A view may be newer than its revision: b had joined, and nobody had announced it.
    view('x', 1, ['a', 'b'], 13, 55),
    view('y', 2, ['a', 'b'], 14, 46),
    view('x', 3, ['a'], 55, 100),
    view('y', 2, ['a'], 46, 100),
  ],
  observers: ['x', 'y'],
  endMs: 100,
  goneWithinMs: 30,
  aliveForMs: 20,
  agreeWithinMs: 55,
};

describe('a group', () => {
  it('passes each of its properties, with evidence of each', () => {
    demand(checkCompleteness(good), 2);
    demand(checkAccuracy(good), 1);
    demand(checkFreshness(good), 5);
    demand(checkConvergence(good), 2);
    demand(checkMembership(good), 10);
  });

  it('says nothing of convergence while it still changes', () => {
    const busy = { ...good, changes: [...good.changes, change('c', 'joined', 95, Infinity)] };
    expect(checkConvergence(busy)).toEqual({ ok: true, checked: 0 });
  });

  it.each<[string, string, Partial<MembershipRun>]>([
    [
      'ended-member-stayed',
      'in a view that nobody refreshed',
      { views: [view('x', 2, ['a', 'b'], 14, 56)] },
    ],
    [
      'live-member-removed',
      'right after a beat',
      { changes: good.changes.with(2, change('b', 'removed', 41, 3)) },
    ],
    [
      'live-member-removed',
      'in the moment of its beat',
      { changes: good.changes.with(2, change('b', 'removed', 22, 3)) },
    ],
    ['unknown-member', 'in a view', { views: [view('x', 2, ['a', 'b', 'q'], 14, 40)] }],
    [
      'view-older-than-revision',
      'without one who joined',
      { views: [view('x', 2, ['a'], 14, 40)] },
    ],
    [
      'view-older-than-revision',
      'with one who was removed',
      { views: [view('x', 3, ['a', 'b'], 46, 50)] },
    ],
    [
      'view-older-than-revision',
      'with one who joined and was removed before it',
      {
        changes: good.changes.with(1, change('b', 'joined', 12, 3)),
        views: [view('x', 3, ['a', 'b'], 46, 50)],
      },
    ],
    [
      'view-older-than-revision',
      'from before a member joined',
      { views: [view('x', 1, ['a', 'b'], 11, 40)] },
    ],
    [
      'view-went-back',
      'to an older revision',
      { views: [view('x', 2, ['a', 'b'], 14, 20), view('x', 1, ['a', 'b'], 20, 40)] },
    ],
    ['observer-without-view', 'at the end', { observers: ['x', 'y', 'z'] }],
    [
      'views-differ',
      'after the last change',
      {
        views: [...good.views.slice(0, 4), view('y', 2, ['a'], 46, 60), view('y', 3, [], 60, 100)],
      },
    ],
  ])('shows %s %s', (anomaly, _, difference) => {
    const run = { ...good, ...difference };
    const found = [checkCompleteness, checkAccuracy, checkFreshness, checkConvergence]
      .map((check) => check(run))
      .flatMap((verdict) => (verdict.ok ? [] : verdict.anomaly));
    expect(found).toContain(anomaly);
    expect(checkMembership(run).ok).toBe(false);
  });
});

describe('generated groups', () => {
  const runs = (options: Omit<GroupRunOptions, 'random'>) =>
    Array.from({ length: 100 }, (_, seed) => runGroup({ ...options, random: seeded(seed) }));

  it('pass', () => {
    const evidence = { completeness: 0, accuracy: 0 };
    for (const run of runs({})) {
      demand(checkMembership(run), 60);
      const [completeness, accuracy] = [checkCompleteness(run), checkAccuracy(run)];
      evidence.completeness += completeness.ok ? completeness.checked : 0;
      evidence.accuracy += accuracy.ok ? accuracy.checked : 0;
      demand(checkFreshness(run), 40);
      demand(checkConvergence(run), 2);
    }
    expect(evidence.completeness).toBeGreaterThan(1_000);
    expect(evidence.accuracy).toBeGreaterThan(100);
  });

  it('fail when the sweep is hasty', () => {
    const hasty = runs({ deadAfterMs: 12 }).map((run) => checkAccuracy(run));
    expect(hasty.filter(({ ok }) => ok)).toEqual([]);
  });

  it('fail when dead members are never swept', () => {
    const swept = runs({ deadAfterMs: Infinity }).map((run) => checkCompleteness(run));
    expect(swept.filter(({ ok }) => !ok).length).toBeGreaterThan(95);
  });

  it('fail when observers read the members before the head', () => {
    const torn = runs({ headFirst: false }).map((run) => checkFreshness(run));
    expect(torn.filter(({ ok }) => !ok).length).toBeGreaterThan(95);
  });

  it('fail when changes are not announced', () => {
    const silent = runs({ silenceRate: 0.5 }).map((run) => checkMembership(run));
    expect(silent.filter(({ ok }) => !ok).length).toBeGreaterThan(80);
  });

  it('fail when an observer stops looking', () => {
    for (const run of runs({})) {
      const blind = { ...run, views: run.views.map((seen) => ({ ...seen, untilMs: 599 })) };
      expect(checkConvergence(blind)).toMatchObject({ anomaly: 'observer-without-view' });
    }
  });
});
