import { guarantee } from '../../planted/control.ts';
import { ObservedTable } from './observed-table.ts';

guarantee(
  'rule 1: a date is cut to seconds, so the time may be a second later',
  { without: 'date-taken-as-exact' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    await table.trueClock.advance(999);
    await table.exchange();
    return table.isRight();
  },
);

guarantee(
  'rule 1: a front end may be half a second ahead of the table',
  { without: 'front-end-skew-ignored' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    await table.trueClock.advance(600);
    await table.exchange({ skewMs: 400 });
    return table.isRight();
  },
);

guarantee(
  'rule 1: an answer on a slow way back is older than it looks',
  { without: 'date-dated-from-answer' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    await table.exchange({ answerMs: 4_000 });
    return table.isRight();
  },
);

guarantee(
  'rule 1: a request on a slow way there is dated later than it was sent',
  { without: 'date-dated-from-request' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    await table.exchange({ requestMs: 4_000 });
    return table.isRight();
  },
);

for (const driftPpm of [500, -500]) {
  guarantee(
    `rule 1: bounds widen as a clock drifts by ${driftPpm} parts per million`,
    { without: 'drift-ignored' },
    async ({ TableClock }) => {
      const table = new ObservedTable(TableClock, { driftPpm });
      // Two answers that pin the time down to two milliseconds, from either side.
      await table.trueClock.advance(499);
      await table.exchange({ skewMs: -500 });
      await table.trueClock.advance(1);
      await table.exchange({ skewMs: 500 });
      await table.trueClock.advance(50_000);
      return table.isRight();
    },
  );
}

guarantee(
  'rule 2: what was known before a suspension is not used after it',
  { without: 'samples-across-gap-kept' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    await table.exchange();
    await table.suspend(60_000);
    return table.isRight();
  },
);

guarantee(
  'rule 2: an answer to a request that was under way during a suspension teaches nothing',
  { without: 'slow-step-unnoticed' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    await table.trueClock.advance(499);
    // Ten suspensions, each too short to be noticed from one look to the next.
    const meanwhile = async () => {
      for (let times = 0; times < 10; times += 1) {
        await table.suspend(60);
        table.tableClock.now();
      }
    };
    await table.exchange({ skewMs: -500, meanwhile });
    return table.isRight();
  },
);

guarantee(
  'rule 2: an answer to a request of the invocation before teaches nothing',
  { without: 'answer-across-gap-kept' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    // A frozen function, none of whose clocks shows that it was.
    const meanwhile = async () => {
      await table.suspend(60_000);
      table.local.stepWall(-60_000);
      table.tableClock.reset();
    };
    await table.exchange({ requestMs: 1, meanwhile });
    return table.isRight();
  },
);

guarantee(
  'rule 2: answers that contradict each other are not combined',
  { without: 'contradiction-kept' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    await table.exchange({ skewMs: 10_000 });
    await table.exchange();
    return table.isRight();
  },
);

guarantee(
  'rule 2: after a contradiction no single answer is believed',
  { without: 'one-sample-trusted' },
  async ({ TableClock }) => {
    const table = new ObservedTable(TableClock);
    await table.exchange();
    await table.exchange({ skewMs: 10_000 });
    return table.isRight();
  },
);
