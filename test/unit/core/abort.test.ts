import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { deriveAbort, deriveDeadline } from '../../../lib/core/abort.ts';
import { sleep } from '../../../lib/core/clock.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

describe('a derived abort', () => {
  it('follows any of its parents, with the reason of the first', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const derived = deriveAbort(one.signal, undefined, other.signal);
    expect(derived.signal.aborted).toBe(false);
    other.abort('other');
    one.abort('one');
    expect(derived.signal.reason).toBe('other');
  });

  it('is aborted from the start when a parent was', () => {
    expect(deriveAbort(AbortSignal.abort('before')).signal.reason).toBe('before');
  });

  it('aborts by itself without touching its parents', () => {
    const parent = new AbortController();
    const derived = deriveAbort(parent.signal);
    derived.abort('own');
    expect(derived.signal.reason).toBe('own');
    expect(parent.signal.aborted).toBe(false);
  });

  it('leaves no listener on a long-lived parent once it is disposed of', () => {
    const parent = new AbortController();
    for (let times = 0; times < 100; times += 1) deriveAbort(parent.signal).dispose();
    expect(listenersOf(parent.signal)).toBe(0);
    const derived = deriveAbort(parent.signal);
    expect(listenersOf(parent.signal)).toBe(1);
    derived.dispose();
    parent.abort();
    expect(derived.signal.aborted).toBe(false);
  });
});

describe('a derived deadline', () => {
  const late = new Error('late');

  it('aborts with its own error when the time is over', async () => {
    const clock = new VirtualClock();
    const deadline = deriveDeadline(clock, 100, () => late);
    await clock.advance(99);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.reason).toBe(late);
  });

  it('follows its parents before that', () => {
    const parent = new AbortController();
    const deadline = deriveDeadline(new VirtualClock(), 100, () => late, parent.signal);
    parent.abort('parent');
    expect(deadline.signal.reason).toBe('parent');
  });

  it('leaves neither timer nor listener once it is disposed of', async () => {
    const clock = new VirtualClock();
    const parent = new AbortController();
    const deadline = deriveDeadline(clock, 100, () => late, parent.signal);
    deadline.dispose();
    expect(clock.pendingTimers).toBe(0);
    expect(listenersOf(parent.signal)).toBe(0);
    await clock.advance(200);
    expect(deadline.signal.aborted).toBe(false);
  });
});

describe('a sleep', () => {
  it('ends with its time, or early and without an error when its signal aborts', async () => {
    const clock = new VirtualClock();
    await clock.run(sleep(clock, 100));
    expect(clock.monotonicMs()).toBe(100);
    const controller = new AbortController();
    clock.startTimer(30, () => controller.abort());
    await clock.run(sleep(clock, 100, controller.signal));
    expect(clock.monotonicMs()).toBe(130);
    await sleep(clock, 100, controller.signal);
    expect(clock.monotonicMs()).toBe(130);
  });

  it('leaves neither timer nor listener behind, however it ends', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    await clock.run(sleep(clock, 100, controller.signal));
    expect(listenersOf(controller.signal)).toBe(0);
    const sleeping = sleep(clock, 100, controller.signal);
    expect(clock.pendingTimers).toBe(1);
    controller.abort();
    await sleeping;
    expect(clock.pendingTimers).toBe(0);
  });
});
