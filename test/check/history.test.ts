import { describe, expect, it } from 'vitest';
import { excerpt } from './excerpt.ts';
import { completed, partition, precedes, prefixUntil, unknown } from './history.ts';
import { HistoryRecorder } from './recorder.ts';
import { allOf, demand, failed, passed } from './verdict.ts';

describe('history', () => {
  it('orders operations by real time only when one returned before the other was called', () => {
    const first = completed('a', 1, 3, 'x', 'done');
    expect(precedes(first, completed('b', 4, 5, 'y', 'done'))).toBe(true);
    expect(precedes(first, completed('b', 3, 5, 'y', 'done'))).toBe(false);
    expect(precedes(unknown('a', 1, 'x'), first)).toBe(false);
  });

  it('refuses an operation that returns before its call', () => {
    expect(() => completed('a', 2, 1, 'x', 'done')).toThrow(RangeError);
  });

  it('cuts a prefix in which what was under way has an unknown outcome', () => {
    const history = [
      completed('a', 1, 2, 'x', 'done'),
      completed('b', 2, 9, 'y', 'done'),
      completed('c', 5, 6, 'z', 'done'),
    ];
    expect(prefixUntil(history, 2)).toEqual([history[0], unknown('b', 2, 'y')]);
  });

  it('splits by key and keeps the order within each part', () => {
    const history = [unknown('a', 1, 'x1'), unknown('a', 2, 'y1'), unknown('a', 3, 'x2')];
    const parts = partition(history, (input) => input.charAt(0));
    expect([...parts.keys()]).toEqual(['x', 'y']);
    expect(parts.get('x')?.map(({ input }) => input)).toEqual(['x1', 'x2']);
  });
});

describe('recorder', () => {
  it('records answers, pending operations as unknown, and none that had no effect', () => {
    const recorder = new HistoryRecorder<string, string>();
    const answered = recorder.call('a', 'x');
    recorder.call('b', 'y');
    const refused = recorder.call('c', 'z');
    answered.returned('done');
    refused.hadNoEffect();
    expect(recorder.history()).toEqual([completed('a', 1, 4, 'x', 'done'), unknown('b', 2, 'y')]);
  });

  it('refuses a second ending of the same operation', () => {
    const pending = new HistoryRecorder<string, string>().call('a', 'x');
    pending.returned('done');
    expect(() => pending.returned('done')).toThrow('ended twice');
    expect(() => pending.hadNoEffect()).toThrow('ended twice');
  });
});

describe('excerpt', () => {
  it('prints one operation a line, aligned, with unknown outcomes marked', () => {
    const history = [unknown('client 2', 12, 'y'), completed('a', 1, 3, 'x', 'done')];
    expect(excerpt(history)).toBe(
      '  1..3   a         "x" -> "done"\n  12..?  client 2  "y" -> unknown',
    );
  });

  it('says how much of a long history it leaves out', () => {
    const history = Array.from({ length: 20 }, (_, call) => unknown('a', call, call));
    const lines = excerpt(history, { lines: 2 }).split('\n');
    expect(lines).toEqual([
      '  (18 earlier)',
      '  18..?  a  18 -> unknown',
      '  19..?  a  19 -> unknown',
    ]);
  });
});

describe('verdict', () => {
  it('demands evidence and not only the absence of anomalies', () => {
    expect(() => demand(passed(3), 3)).not.toThrow();
    expect(() => demand(passed(0))).toThrow('no evidence');
    expect(() => demand(passed(2), 3)).toThrow('no evidence: 2 facts were judged, 3 are demanded');
    expect(() => demand(failed('stale', 'a saw 1 after 2'))).toThrow('stale: a saw 1 after 2');
  });

  it('joins checks into the first failure, or into the sum of their facts', () => {
    const bad = failed('stale', 'because');
    expect(
      allOf(
        () => passed(1),
        () => passed(2),
      ),
    ).toEqual(passed(3));
    expect(
      allOf(
        () => passed(1),
        () => bad,
        () => failed('later', ''),
      ),
    ).toBe(bad);
  });
});
