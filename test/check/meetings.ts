import { groupBy } from './group-by.ts';
import type { Interval } from './history.ts';
import { failed, passed, type Verdict } from './verdict.ts';

/** A count of a latch. `returnedAt` is `Infinity` when nobody was told what it came to. */
export interface Count extends Interval {
  readonly part: string;
}

/** Somebody was told how many counts were still to come. */
export interface LatchLook extends Interval {
  readonly remaining: number;
}

export interface LatchRun {
  readonly count: number;
  readonly counts: readonly Count[];
  readonly looks: readonly LatchLook[];
}

export type LatchAnomaly = 'opened-early' | 'count-forgotten';

/** Whether each part counted once and no more was seen than had counted. Facts judged: looks. */
export function checkLatch({ count, counts, looks }: LatchRun): Verdict<LatchAnomaly> {
  const parts = [...groupBy(counts, ({ part }) => part)];
  for (const { calledAt, returnedAt, remaining } of looks) {
    const possible = parts.filter(([, of]) => of.some((each) => each.calledAt < returnedAt)).length;
    const sure = parts.filter(([, of]) => of.some((each) => each.returnedAt < calledAt)).length;
    const seen = `${remaining} of ${count} to come (${calledAt}..${returnedAt})`;
    if (remaining < count - possible) {
      return failed('opened-early', `${seen}, when only ${possible} parts had been counted`);
    }
    if (remaining > Math.max(0, count - sure)) {
      return failed('count-forgotten', `${seen}, after ${sure} parts were surely counted`);
    }
  }
  return passed(looks.length);
}

/** One party that came to a barrier. */
export interface Attendance extends Interval {
  readonly id: string;
  /**
   * - `met`: it was told that the meeting of that generation took place.
   * - `gone`: it gave up, and was told that it is not counted.
   * - `unknown`: it may have been counted.
   */
  readonly outcome:
    | { readonly kind: 'met'; readonly generation: number }
    | { readonly kind: 'gone' }
    | { readonly kind: 'unknown' };
}

export type MeetingAnomaly = 'met-without-all' | 'met-twice';

/**
 * Whether nobody was let through before all parties had come, and each party's generations grow.
 * For a barrier to which exactly `parties` come again and again. Facts judged: passages.
 */
export function checkMeetings(
  parties: readonly string[],
  attendances: readonly Attendance[],
): Verdict<MeetingAnomaly> {
  const passages = attendances.flatMap(({ outcome, ...attendance }) =>
    outcome.kind === 'met' ? [{ ...attendance, generation: outcome.generation }] : [],
  );
  for (const [id, of] of groupBy(passages, ({ id }) => id)) {
    const inOrder = of.toSorted((one, other) => one.returnedAt - other.returnedAt);
    for (const [index, { generation }] of inOrder.entries()) {
      const before = inOrder[index - 1]?.generation ?? Number.NEGATIVE_INFINITY;
      if (generation > before) continue;
      return failed('met-twice', `${id} met in generation ${before}, and then in ${generation}`);
    }
  }
  for (const [generation, of] of groupBy(passages, ({ generation }) => generation)) {
    const openAt = Math.min(...of.map(({ returnedAt }) => returnedAt));
    const mayHaveCome = ({ calledAt, outcome }: Attendance) => {
      if (calledAt > openAt || outcome.kind === 'gone') return false;
      return outcome.kind === 'unknown' || outcome.generation === generation;
    };
    const missing = parties.filter(
      (party) => !attendances.some((each) => each.id === party && mayHaveCome(each)),
    );
    if (missing.length === 0) continue;
    const who = missing.join(', ');
    return failed('met-without-all', `generation ${generation} met by ${openAt} without ${who}`);
  }
  return passed(passages.length);
}
