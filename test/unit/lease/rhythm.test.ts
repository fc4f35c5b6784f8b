import { describe, expect, it } from 'vitest';
import { Rhythm } from '../../../lib/lease/rhythm.ts';

function rhythmOf(...samples: readonly number[]): Rhythm {
  const rhythm = new Rhythm({ roundTripMs: 5 });
  for (const sample of samples) rhythm.note(sample);
  return rhythm;
}

describe('the rhythm of a line', () => {
  it('is guessed from the round trip until the line has been seen moving', () => {
    const way = { roundTripMs: 5 };
    const rhythm = new Rhythm(way);
    expect(rhythm.msPerGrant).toBe(20);
    way.roundTripMs = 50;
    expect(rhythm.msPerGrant).toBe(200);
    rhythm.note(1_000);
    expect(rhythm.msPerGrant).toBe(1_000);
  });

  it('is that of its fastest recent moves, so that one long hold changes nothing', () => {
    expect(rhythmOf(18, 3_000, 19, 20).msPerGrant).toBe(18);
  });

  it('becomes slow when four moves in a row were', () => {
    expect(rhythmOf(18, 1_000, 1_100, 1_200).msPerGrant).toBe(18);
    expect(rhythmOf(18, 1_000, 1_100, 1_200, 1_300).msPerGrant).toBe(1_000);
  });

  it('becomes fast at once', () => {
    expect(rhythmOf(1_000, 1_100, 1_200, 18).msPerGrant).toBe(18);
  });
});
