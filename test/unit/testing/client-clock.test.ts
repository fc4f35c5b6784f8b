import { describe, expect, test } from 'vitest';
import { sleep } from '../../../lib/core/clock.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

describe('ClientClock', () => {
  test('is set wrong by the offset and runs fast by the drift', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock({ wallOffsetMs: -3_600_000, driftPpm: 500 });
    expect(client.wallMs()).toBe(clock.wallMs() - 3_600_000);
    await clock.advance(1_000_000);
    expect(client.monotonicMs()).toBeCloseTo(1_000_500, 6);
    expect(client.wallMs()).toBeCloseTo(clock.wallMs() - 3_600_000 + 500, 3);
  });

  test('never fires a timer before its time by the client’s own clock', async () => {
    const clock = new VirtualClock();
    for (const driftPpm of [-300, -1, 0, 7, 500]) {
      const client = clock.clientClock({ driftPpm });
      for (let index = 1; index <= 200; index += 1) {
        const dueMs = client.monotonicMs() + index * 3.7;
        client.startTimer(index * 3.7, () => {
          expect(client.monotonicMs()).toBeGreaterThanOrEqual(dueMs);
          expect(client.monotonicMs()).toBeLessThan(dueMs + 0.01);
        });
      }
    }
    await clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test('holds timers and answers of a paused client, whose clocks run on', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock();
    const seen: string[] = [];
    client.startTimer(200, () => seen.push(`late timer at ${client.monotonicMs()}`));
    client.startTimer(100, () => seen.push(`timer at ${client.monotonicMs()}`));
    client.pause();
    client.deliver(() => seen.push('answer'));
    await clock.advance(1_000);
    expect(seen).toEqual([]);
    client.resume();
    await clock.advance(0);
    expect(seen).toEqual(['timer at 1000', 'late timer at 1000', 'answer']);
  });

  test('can resume with the answers before the timers', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock();
    const seen: string[] = [];
    client.startTimer(100, () => seen.push('timer'));
    client.pause();
    client.deliver(() => seen.push('answer'));
    await clock.advance(1_000);
    client.resume('answers-first');
    await clock.advance(0);
    expect(seen).toEqual(['answer', 'timer']);
  });

  test('stops the monotonic clock of a suspended client, not its wall clock', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock();
    let firedAtMs: number | undefined;
    client.startTimer(5_000, () => {
      firedAtMs = clock.monotonicMs();
    });
    await clock.advance(1_000);
    client.suspend();
    await clock.advance(60_000);
    client.resume();
    expect(client.monotonicMs()).toBe(1_000);
    expect(client.wallMs()).toBe(clock.wallMs());
    await clock.advance(3_999);
    expect(firedAtMs).toBeUndefined();
    await clock.advance(1);
    expect(firedAtMs).toBe(65_000);
  });

  test('holds everything again when a client is paused right after it resumed', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock();
    const seen: string[] = [];
    client.pause();
    client.deliver(() => seen.push('answer'));
    client.resume();
    client.pause();
    await clock.advance(1_000);
    expect(seen).toEqual([]);
    client.resume();
    await clock.advance(0);
    expect(seen).toEqual(['answer']);
  });

  test('never runs anything of a stopped client again', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock();
    let ran = false;
    const run = () => {
      ran = true;
    };
    client.startTimer(10, run);
    void sleep(client, 10).then(run);
    client.pause();
    client.deliver(run);
    client.stop();
    client.resume();
    client.deliver(run);
    await clock.advance(1_000);
    expect(ran).toBe(false);
    expect(client.state).toBe('stopped');
  });

  test('does not fire a timer that was cancelled while the client stood still', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock();
    let fired = false;
    const timer = client.startTimer(10, () => {
      fired = true;
    });
    client.pause();
    await clock.advance(100);
    timer.cancel();
    client.resume();
    await clock.advance(100);
    expect(fired).toBe(false);
  });

  test('shifts the wall clock alone on a step', async () => {
    const clock = new VirtualClock();
    const client = clock.clientClock();
    client.stepWall(-90_000);
    expect(client.wallMs()).toBe(clock.wallMs() - 90_000);
    expect(client.monotonicMs()).toBe(0);
  });
});
