import { checkExclusion } from './exclusion.ts';
import { checkTokens, type TokenAnomaly } from './fencing.ts';
import type { Interval } from './history.ts';
import { allOf, failed, passed, type Verdict } from './verdict.ts';

/** A campaign for leadership. Without an answer the candidate may have won, in a term unknown. */
export interface Campaign extends Interval {
  readonly candidate: string;
  /** The term that it won; absent when its outcome is unknown. */
  readonly term?: number;
}

/** What one observer was told at one moment. */
export interface Observation {
  readonly observer: string;
  readonly at: number;
  readonly term: number;
  /** Absent when nobody led, and `term` was the last. */
  readonly leader?: string;
}

/** A stretch of true time in which a leader took itself for the leader. */
export interface Belief {
  readonly leader: string;
  readonly term: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface ElectionRun {
  readonly campaigns: readonly Campaign[];
  /** Those of one observer in the order in which it was told; observers may be mixed. */
  readonly observations: readonly Observation[];
  /** Left out where clocks or pauses break the bounds on which non-overlap rests. */
  readonly beliefs?: readonly Belief[];
}

export type ElectionAnomaly =
  | TokenAnomaly
  | 'two-leaders-in-a-term'
  | 'term-went-back'
  | 'term-never-campaigned'
  | 'seen-before-campaign'
  | 'two-leaders-at-once';

type ElectionVerdict = Verdict<ElectionAnomaly>;

/** Whether an election kept its promises. Facts judged: won terms, observations and beliefs. */
export function checkElection(run: ElectionRun): ElectionVerdict {
  return allOf<ElectionAnomaly>(
    () => checkWonTerms(run.campaigns),
    () => checkOneLeaderPerTerm(run),
    () => checkTermsOnlyGrow(run.observations),
    () => checkCampaigned(run),
    () => checkBeliefs(run.beliefs ?? []),
  );
}

/** A term is a fencing token: won once, and larger than every term won before its campaign. */
function checkWonTerms(campaigns: readonly Campaign[]): ElectionVerdict {
  return checkTokens(
    campaigns.flatMap(({ candidate, term, calledAt, returnedAt }) =>
      term === undefined ? [] : [{ holder: candidate, token: term, calledAt, returnedAt }],
    ),
  );
}

function checkOneLeaderPerTerm({ campaigns, observations, beliefs }: ElectionRun): ElectionVerdict {
  const leaders = new Map<number, string>();
  const claims = [
    ...campaigns.map(({ term, candidate }) => ({ term, leader: candidate })),
    ...observations,
    ...(beliefs ?? []),
  ];
  for (const { term, leader } of claims) {
    if (term === undefined || leader === undefined) continue;
    const known = leaders.get(term);
    if (known !== undefined && known !== leader) {
      return failed('two-leaders-in-a-term', `both ${known} and ${leader} led in term ${term}`);
    }
    leaders.set(term, leader);
  }
  return passed(0);
}

function checkTermsOnlyGrow(observations: readonly Observation[]): ElectionVerdict {
  const lastByObserver = new Map<string, Observation>();
  for (const observation of observations) {
    const { observer, term, at } = observation;
    const last = lastByObserver.get(observer);
    if (last !== undefined && term < last.term) {
      return failed(
        'term-went-back',
        `${observer} saw term ${last.term} at ${last.at}, and term ${term} at ${at}`,
      );
    }
    lastByObserver.set(observer, observation);
  }
  return passed(observations.length);
}

/** Every leader that was seen had asked for it, and had won that term for all we know. */
function checkCampaigned({ campaigns, observations }: ElectionRun): ElectionVerdict {
  const wins = new Map<number, Campaign>();
  const firstUnknown = new Map<string, Campaign>();
  for (const campaign of campaigns) {
    const { term, candidate, calledAt } = campaign;
    if (term !== undefined) wins.set(term, campaign);
    else if (calledAt < (firstUnknown.get(candidate)?.calledAt ?? Infinity)) {
      firstUnknown.set(candidate, campaign);
    }
  }
  for (const { observer, at, term, leader } of observations) {
    if (leader === undefined) continue;
    const campaign = wins.get(term) ?? firstUnknown.get(leader);
    const seen = `${observer} saw ${leader} lead in term ${term} at ${at}`;
    if (campaign === undefined) return failed('term-never-campaigned', seen);
    if (at < campaign.calledAt) {
      return failed('seen-before-campaign', `${seen}, before its campaign at ${campaign.calledAt}`);
    }
  }
  return passed(0);
}

function checkBeliefs(beliefs: readonly Belief[]): ElectionVerdict {
  const verdict = checkExclusion(
    beliefs.map(({ leader, term, fromMs, untilMs }) => ({
      holder: leader,
      token: term,
      fromMs,
      safeUntilMs: untilMs,
    })),
  );
  return verdict.ok ? verdict : failed('two-leaders-at-once', verdict.explanation);
}
