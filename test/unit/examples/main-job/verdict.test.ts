import { describe, expect, it } from 'vitest';
import { successionsIn } from '../../../../examples/main-job/beliefs.ts';
import { figuresOf, quantile } from '../../../../examples/main-job/figures.ts';
import type { JobEvent, JobHistory } from '../../../../examples/main-job/history.ts';
import { brokenOff, judge } from '../../../../examples/main-job/verdict.ts';
import { goodRun, lossOf, Run } from './run.ts';

/** The claims that do not hold, with what is said against them. */
function brokenIn(history: JobHistory): string[] {
  return judge(history)
    .filter(({ held }) => !held)
    .map(({ claim, detail }) => `${claim}: ${detail}`);
}

/** The good run with some of its events changed, left out or added. */
function bent(change: (event: JobEvent) => JobEvent | readonly JobEvent[]): JobHistory {
  const { history } = goodRun();
  return { ...history, events: history.events.flatMap(change) };
}

describe('the verdict on the main job', () => {
  it('holds in every claim for a good run', () => {
    expect(brokenIn(goodRun().history)).toEqual([]);
    expect(judge(goodRun().history)).toHaveLength(13);
  });

  it('holds in none for a run in which nothing happened, but that nothing failed', () => {
    const idle = judge(new Run().history).filter(({ held }) => held);
    expect(idle.map(({ claim }) => claim)).toEqual(['no process failed by itself']);
  });

  it('misses a line that was acknowledged', () => {
    const { history } = goodRun();
    const ledger = history.ledger.slice(0, -1);
    expect(brokenIn({ ...history, ledger })).toEqual([
      expect.stringContaining('acknowledged, and not there: line 6 by c with token 107'),
    ]);
  });

  it('finds a line that nobody living wrote', () => {
    const { history } = goodRun().appendUnheard('d', 108, 7);
    expect(brokenIn(history)).toEqual([
      expect.stringContaining("there, and nobody's: line 7 by d with token 108"),
    ]);
  });

  it('finds a line written twice, and who did it', () => {
    const { history } = goodRun().turn('d', 108, 11_000, 6);
    expect(brokenIn(history)).toEqual([
      expect.stringContaining('line 6 twice, by c with token 107 and by d with token 108'),
    ]);
  });

  it('finds a gap between the lines', () => {
    const { history } = goodRun().turn('d', 108, 11_000, 8);
    expect(brokenIn(history)).toEqual([expect.stringContaining('line 8 stands where 7 is due')]);
  });

  it.each(['lock', 'election'] as const)('finds a token of the %s that does not grow', (of) => {
    const { history } = goodRun().grant(of, 'd', 50, 13_000).giveUp(of, 'd', 50, 13_010);
    expect(brokenIn(history)).toEqual([expect.stringMatching(/d got 50 after c got (107|51)$/)]);
  });

  it('finds two holders at a time', () => {
    const { history } = goodRun().turn('d', 108, 10_707, 7);
    expect(brokenIn(history)).toEqual(['one holder at a time: c and d, together for 3.0 ms']);
  });

  it('finds two leaders at a time, behind a third', () => {
    const run = goodRun().grant('election', 'd', 52, 11_000).giveUp('election', 'd', 52, 11_100);
    expect(brokenIn(run.history)).toEqual(['one leader at a time: c and d, together for 100.0 ms']);
  });

  it('lets a killed leader believe until its process has surely ended', () => {
    const late = bent((event) =>
      event.kind === 'exited' && event.process === 'a' ? { ...event, atMs: 7_001 } : event,
    );
    expect(brokenIn(late)).toEqual(['one leader at a time: a and c, together for 1.0 ms']);
  });

  it('lets a stopped holder believe for as long as its hold had promised', () => {
    const late = bent((event) =>
      event.kind === 'lost' ? lossOf('c', 105, 10_605, 10_501) : event,
    );
    expect(brokenIn(late)).toEqual(['one holder at a time: c and d, together for 1.0 ms']);
  });

  it.each([['lock', 'b'] as const, ['election', 'a'] as const])(
    'finds that a killed owner of the %s is replaced too late',
    (of, dead) => {
      const late = bent((event) =>
        event.kind === 'granted' && event.of === of && event.atMs > 3_000
          ? { ...event, atMs: event.atMs + 9_000 }
          : event,
      );
      expect(brokenIn(late)).toContainEqual(
        expect.stringMatching(
          `^a killed (holder|leader) is replaced within 3 leases: ${dead} by . in 12`,
        ),
      );
    },
  );

  it('finds that a killed owner is never replaced', () => {
    const { history } = goodRun().grant('lock', 'd', 108, 13_000).kill('d', 13_010);
    expect(brokenIn(history)).toEqual(['a killed holder is replaced within 3 leases: d was not']);
  });

  it('finds a process that never has its turn', () => {
    expect(brokenIn(goodRun().start('e', 1_000).history)).toEqual([
      'every process gets its turn: e never had the lock',
    ]);
    expect(brokenIn(goodRun().start('e', 9_000).history)).toEqual([]);
  });

  it.each(['table', 'keeper'] as const)('finds a late write that the %s accepts', (store) => {
    const accepted = bent((event) =>
      event.kind === 'wrote' && event.table === 'refused'
        ? { ...event, [store]: 'accepted' }
        : event,
    );
    expect(brokenIn(accepted)).toContainEqual(
      expect.stringContaining(`late write is refused, by the table and by the keeper: c, line 5`),
    );
  });

  it('shows nothing about late writes when none was tried', () => {
    const { history } = goodRun();
    const punctual = bent((event) => (event.kind === 'stopped' ? [] : event));
    expect(brokenIn(punctual)).toContainEqual(expect.stringContaining('nothing is shown'));
    expect(brokenIn({ ...history, unfenced: history.ledger })).toEqual([
      expect.stringContaining('this run shows nothing about the fence'),
    ]);
  });

  it('finds that the stopped holder is told nothing, or the wrong reason', () => {
    const untold = bent((event) => (event.kind === 'lost' ? [] : event));
    expect(brokenIn(untold)).toContainEqual(expect.stringContaining('0 of 1 were told'));
    const wrong = bent((event) =>
      event.kind === 'lost' ? { ...event, reason: 'removed' } : event,
    );
    expect(brokenIn(wrong)).toEqual([expect.stringContaining("c was told 'removed'")]);
  });

  it('finds an observer that goes back, misses a leader or sees a ghost', () => {
    const back = goodRun().observe('a', 50, 3, 7_500).observe('c', 51, 2, 7_600);
    expect(brokenIn(back.history)).toEqual([expect.stringContaining('term 50 after a later one')]);
    const older = goodRun().observe('c', 51, 0, 7_500);
    expect(brokenIn(older.history)).toEqual([expect.stringContaining('term 51 after a later')]);
    const blind = bent((event) =>
      event.kind === 'observed' && event.process === 'a' ? [] : event,
    );
    expect(brokenIn(blind)).toEqual([expect.stringContaining('it missed a')]);
    const ghost = goodRun().observe('d', 60, 1, 13_000);
    expect(brokenIn(ghost.history)).toEqual([expect.stringContaining("term 60 was nobody's")]);
  });

  it('finds a process that failed, and a run that broke off', () => {
    const message = 'ended by itself: code 1';
    const { history } = goodRun().add({ kind: 'failed', atMs: 9_000, process: 'c', message });
    expect(brokenIn(history)).toEqual([`no process failed by itself: c: ${message}`]);
    expect(brokenOff('it took too long')).toMatchObject({ held: false });
  });
});

describe('the figures of the main job', () => {
  it('count from the release, or from the signal', () => {
    const kinds = successionsIn('lock', goodRun().history.events).map(
      ({ kind, gapMs }) => `${kind} ${gapMs}`,
    );
    expect(kinds).toEqual([
      'handed-over 90',
      'handed-over 90',
      'after-kill 3190',
      'handed-over 3590',
      'after-stop 3290',
      'handed-over 190',
    ]);
  });

  it('sum up a run', () => {
    expect(figuresOf(goodRun().history)).toMatchObject({
      processes: 4,
      grants: 7,
      lines: 6,
      handOverMs: [90, 90, 190, 3_590],
      lockFailOverMs: [3_190],
      leaderFailOverMs: [3_300],
      leaderHandOverMs: [],
      requests: 101 + 102 + 107 + 106,
    });
  });

  it('have no median of nothing', () => {
    expect(quantile([], 0.5)).toBeUndefined();
    expect([0, 0.5, 0.95, 1].map((part) => quantile([1, 2, 3, 4], part))).toEqual([1, 3, 4, 4]);
  });
});
