import { DRIFT_RATE, FRONT_END_SKEW_MS } from '../../lib/core/table-clock.ts';
import { FAULT_NAMES, type FaultRates, type Range } from '../../lib/testing/fault-plan.ts';
import type { SeededRandom } from '../../lib/testing/seeded-random.ts';

/** What befalls clients, beside what befalls their requests. */
export const NEMESIS_NAMES = [
  /** The process stands still, its clocks run on. */
  'pause',
  /** The machine is suspended: its monotonic clock stands still. */
  'suspend',
  /** The process stands still between its last look at the clock and the request that follows. */
  'pause-before-send',
  /** The process is killed; a new one starts in its place some time later. */
  'crash',
  /** The process is killed and its last request never leaves. */
  'crash-before-send',
  /** The wall clock is set forward or back. */
  'wall-step',
  /** No request arrives. */
  'isolation',
  /** Requests arrive, and no answer does. */
  'half-isolation',
  /** Everybody is gone for hours or days. */
  'hibernation',
] as const;

export type NemesisName = (typeof NEMESIS_NAMES)[number];

/** The adversities of one run: a random subset of all, at random rates. */
export interface Weather {
  readonly rates: FaultRates;
  readonly latency: Range;
  readonly lateness: Range;
  readonly staleness: Range;
  /** Mean time between two visits of each nemesis that comes at all. */
  readonly nemeses: ReadonlyMap<NemesisName, number>;
  /** Bounds of how wrong the clients' clocks are. */
  readonly driftPpmMax: number;
  readonly wallOffsetMsMax: number;
  /** How far the clock of a front end may be off. */
  readonly frontEndSkewMs: number;
}

/** By how much a client's clock may drift: what the library assumes at most. */
const DRIFT_PPM_MAX = DRIFT_RATE * 1_000_000;

/** Rates of faults for which there is seldom an occasion. */
const RARE_OCCASIONS: FaultRates = { 'late-arrival': 0.5, 'ttl-deletion': 0.5 };

/** The longest usual way, to the table or back. */
export const SLOWEST_MS = 70;

/** Rates beyond these leave nothing but faults, and nothing happens at all. */
const RATE_MAX = 0.1;
const RATE_MIN = 0.002;

/**
 * Draws the weather of a run. A subset, because faults mask each other: with every answer stale
 * and half of them lost nobody gets far enough to see what a crash does.
 */
export function drawWeather(random: SeededRandom): Weather {
  const eagerness = random.between(0.15, 0.7);
  const rates: { [name: string]: number } = {};
  for (const name of FAULT_NAMES) {
    const rate = logUniform(random, RATE_MIN, RATE_MAX);
    if (random.chance(eagerness)) rates[name] = RARE_OCCASIONS[name] ?? rate;
  }
  const nemeses = new Map<NemesisName, number>();
  for (const name of NEMESIS_NAMES) {
    const everyMs = meanTimeBetweenMs(random, name);
    if (random.chance(eagerness)) nemeses.set(name, everyMs);
  }
  // Nobody can tell time on a machine that was suspended *and* set back: no clock shows it.
  if (nemeses.has('suspend')) nemeses.delete('wall-step');
  // A round trip must fit into the shortest request timeout that a workload uses, or nothing works.
  const slowestMs = logUniform(random, 3, SLOWEST_MS);
  return {
    rates,
    nemeses,
    latency: { fromMs: slowestMs / 10, toMs: slowestMs },
    lateness: { fromMs: 0, toMs: logUniform(random, 100, 60_000) },
    staleness: { fromMs: 0, toMs: logUniform(random, 10, 5_000) },
    driftPpmMax: random.pick([0, 50, DRIFT_PPM_MAX]),
    frontEndSkewMs: FRONT_END_SKEW_MS,
    wallOffsetMsMax: random.pick([0, 500, 3_600_000]),
  };
}

/** Between `from` and `to`, each order of magnitude equally likely. */
export function logUniform(random: SeededRandom, from: number, to: number): number {
  return from * (to / from) ** random.fraction();
}

function meanTimeBetweenMs(random: SeededRandom, name: NemesisName): number {
  const often = logUniform(random, 3_000, 60_000);
  // Everybody starts anew afterwards, so this leaves time for something else.
  return name === 'hibernation' ? 60_000 + 5 * often : often;
}
