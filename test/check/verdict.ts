/**
 * What a checker says about a history. A verdict counts the facts that it judged, because the
 * easiest way for a test of a distributed system to be green is to have looked at nothing.
 */
export type Verdict<Anomaly extends string = string> = Passed | Failed<Anomaly>;

export interface Passed {
  readonly ok: true;
  /** How many facts were judged. What a fact is, each checker says. */
  readonly checked: number;
}

export interface Failed<Anomaly extends string = string> {
  readonly ok: false;
  readonly anomaly: Anomaly;
  /** Which operations contradict which guarantee, in words and over several lines if need be. */
  readonly explanation: string;
}

export function passed(checked: number): Passed {
  return { ok: true, checked };
}

export function failed<Anomaly extends string>(
  anomaly: Anomaly,
  explanation: string,
): Failed<Anomaly> {
  return { ok: false, anomaly, explanation };
}

/**
 * Throws unless the verdict is good *and* rests on at least `atLeast` facts. Tests end with this
 * and not with a look at `ok`, so that a workload that went idle fails.
 */
export function demand(verdict: Verdict, atLeast = 1): void {
  if (!verdict.ok) throw new Error(`${verdict.anomaly}: ${verdict.explanation}`);
  if (verdict.checked < atLeast) {
    throw new Error(`no evidence: ${verdict.checked} facts were judged, ${atLeast} are demanded`);
  }
}

/** The first failure, or one pass that counts the facts of all. Later checks run only if needed. */
export function allOf<Anomaly extends string>(
  ...checks: readonly (() => Verdict<Anomaly>)[]
): Verdict<Anomaly> {
  let checked = 0;
  for (const check of checks) {
    const verdict = check();
    if (!verdict.ok) return verdict;
    checked += verdict.checked;
  }
  return passed(checked);
}
