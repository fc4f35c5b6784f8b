import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Progress } from '../../../lib/lease/progress.ts';
import { Rhythm } from '../../../lib/lease/rhythm.ts';

const GUESS_MS = 20;

function setUp(): { rhythm: Rhythm; progress: Progress } {
  const rhythm = new Rhythm({ roundTripMs: GUESS_MS / 4 });
  return { rhythm, progress: new Progress(rhythm, 0) };
}

describe('the progress of a waiter', () => {
  it('teaches the rhythm by the whole way, when it began with a grant', () => {
    const { rhythm, progress } = setUp();
    progress.joined(8, 100, true);
    progress.seen(1, 250);
    progress.granted(325);
    expect(rhythm.msPerGrant).toBe(25);
  });

  it('learns nothing from the hold that was under way', () => {
    const { rhythm, progress } = setUp();
    progress.joined(0, 0, false);
    progress.granted(3_000);
    expect(rhythm.msPerGrant).toBe(GUESS_MS);
  });

  it('measures from the first move that it saw, over four grants and more', () => {
    const few = setUp();
    few.progress.joined(4, 0, false);
    few.progress.seen(2, 3_000);
    few.progress.granted(3_300);
    expect(few.rhythm.msPerGrant).toBe(GUESS_MS);

    const many = setUp();
    many.progress.joined(5, 0, false);
    many.progress.seen(4, 3_000);
    many.progress.granted(3_480);
    // The move was seen late, by no more than one grant at the pace that was expected.
    expect(many.rhythm.msPerGrant).toBe((3_480 - (3_000 - GUESS_MS)) / 5);
  });

  it('takes moves between two looks for proof that the line is faster', () => {
    const { rhythm, progress } = setUp();
    progress.joined(9, 0, false);
    progress.seen(6, 20);
    expect(rhythm.msPerGrant).toBe(10);
    progress.seen(5, 21);
    expect(rhythm.msPerGrant).toBe(10);
  });

  it('knows when the line moved: after the last look, and within a grant of this one', () => {
    const { progress } = setUp();
    progress.joined(5, 0, false);
    progress.seen(5, 3_000);
    expect(progress.stillMs(3_000)).toBe(3_000);
    progress.seen(4, 3_010);
    expect(progress.stillMs(3_010)).toBe(10);
    progress.seen(3, 3_400);
    expect(progress.stillMs(3_400)).toBe(GUESS_MS);
  });

  it('goes by the rhythm where a look tells less', () => {
    const { progress } = setUp();
    progress.joined(9, 0, true);
    progress.seen(4, 105);
    // Five grants of 20 ms, the last of them 5 ms before the look.
    expect(progress.stillMs(105)).toBe(5);
  });

  it('is not set back by a replica that lags', () => {
    const { rhythm, progress } = setUp();
    progress.joined(3, 0, true);
    progress.seen(1, 100);
    progress.seen(3, 110);
    expect(progress.place).toBe(1);
    progress.seen(1, 120);
    progress.granted(160);
    expect(rhythm.msPerGrant).toBe(40);
  });

  it('begins anew when a place was lost and taken again', () => {
    const { rhythm, progress } = setUp();
    progress.joined(2, 0, true);
    progress.joined(4, 1_000, true);
    expect(progress.place).toBe(4);
    progress.granted(1_050);
    expect(rhythm.msPerGrant).toBe(10);
  });

  it('never sees the line move in the future, nor takes a time that is no time', () => {
    const looks = fc.array(fc.record({ place: fc.nat(9), afterMs: fc.nat(500) }));
    fc.assert(
      fc.property(looks, fc.boolean(), (steps, isGrantFresh) => {
        const { rhythm, progress } = setUp();
        let nowMs = 0;
        progress.joined(9, nowMs, isGrantFresh);
        for (const { place, afterMs } of steps) {
          nowMs += afterMs;
          progress.seen(place, nowMs);
          expect(progress.stillMs(nowMs)).toBeGreaterThanOrEqual(0);
          expect(rhythm.msPerGrant).toBeGreaterThanOrEqual(0);
        }
        progress.granted(nowMs);
        expect(rhythm.msPerGrant).toBeLessThanOrEqual(Math.max(GUESS_MS, nowMs));
      }),
    );
  });
});
