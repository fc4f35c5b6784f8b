import { describe, expect, it } from 'vitest';
import { latestByAnswer, TableClock } from '../../../lib/core/table-clock.ts';
import { ObservedTable } from './observed-table.ts';

describe('the table clock', () => {
  it('knows nothing before the first answer', () => {
    expect(new ObservedTable(TableClock).tableClock.now()).toBeUndefined();
  });

  it('knows the time to two seconds and the round trip after one answer', async () => {
    const table = new ObservedTable(TableClock);
    await table.exchange({ requestMs: 30, answerMs: 40 });
    expect(table.widthMs()).toBeCloseTo(2_070, 0);
    expect(table.isRight()).toBe(true);
  });

  it('cares nothing for the wall clock of its machine', async () => {
    const table = new ObservedTable(TableClock, { wallOffsetMs: -3_600_000 });
    await table.exchange();
    expect(table.widthMs()).toBeLessThan(2_001);
    expect(table.isRight()).toBe(true);
  });

  it('narrows the interval with every answer at another time of the second', async () => {
    const table = new ObservedTable(TableClock);
    for (let answers = 0; answers < 10; answers += 1) {
      await table.trueClock.advance(1_100);
      await table.exchange({ requestMs: 5, answerMs: 5 });
    }
    expect(table.widthMs()).toBeLessThan(1_150);
    expect(table.isRight()).toBe(true);
  });

  it('goes on widening while nothing answers, and forgets after a minute', async () => {
    const table = new ObservedTable(TableClock);
    await table.exchange();
    await table.trueClock.advance(59_000);
    expect(table.widthMs()).toBeCloseTo(2_059, 0);
    await table.trueClock.advance(1_001);
    expect(table.tableClock.now()).toBeUndefined();
  });

  it('forgets when the wall clock is stepped, which may have been a suspension', async () => {
    const table = new ObservedTable(TableClock);
    await table.exchange();
    table.local.stepWall(99);
    expect(table.tableClock.now()).toBeDefined();
    table.local.stepWall(101);
    expect(table.tableClock.now()).toBeUndefined();
    await table.exchange();
    expect(table.tableClock.now()).toBeDefined();
  });

  it('forgets when gaps too small to be seen one by one have added up', async () => {
    const table = new ObservedTable(TableClock);
    await table.exchange();
    table.local.stepWall(60);
    expect(table.tableClock.now()).toBeDefined();
    table.local.stepWall(60);
    expect(table.tableClock.now()).toBeUndefined();
  });

  it('forgets on demand, and learns again from the next request', async () => {
    const table = new ObservedTable(TableClock);
    await table.exchange();
    table.tableClock.reset();
    expect(table.tableClock.now()).toBeUndefined();
    await table.exchange();
    expect(table.tableClock.now()).toBeDefined();
  });

  it('believes two answers that agree after a contradiction', async () => {
    const table = new ObservedTable(TableClock);
    await table.exchange();
    await table.exchange({ skewMs: 10_000 });
    await table.exchange();
    expect(table.tableClock.now()).toBeUndefined();
    await table.exchange();
    expect(table.tableClock.now()).toBeDefined();
    expect(table.isRight()).toBe(true);
  });

  it('is right through a day of answers under every permitted error', async () => {
    const table = new ObservedTable(TableClock, { driftPpm: -500, wallOffsetMs: 86_400_000 });
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      await table.exchange({
        requestMs: (minute * 37) % 900,
        answerMs: (minute * 61) % 900,
        skewMs: ((minute * 97) % 1_000) - 500,
      });
      await table.trueClock.advance((minute * 7_919) % 59_000);
      expect(table.isRight()).toBe(true);
    }
  });
});

describe('the latest time by one answer alone', () => {
  const sent = { monotonicMs: 100, wallMs: 0 };

  it('is the date, the second that it may be cut by, the skew, and what has passed since', () => {
    expect(latestByAnswer(sent, 5_000, 100)).toBe(6_500);
    expect(latestByAnswer(sent, 5_000, 10_100)).toBe(16_505);
  });

  it('is not moved back by a time before the request', () => {
    expect(latestByAnswer(sent, 5_000, 0)).toBe(6_500);
  });
});
