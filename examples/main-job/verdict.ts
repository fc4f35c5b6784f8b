import { broken, type Check } from './check.ts';
import type { JobHistory } from './history.ts';
import {
  checkAcknowledged,
  checkControl,
  checkLateWrite,
  checkNumbers,
  checkTold,
} from './ledger-checks.ts';
import {
  checkAlone,
  checkNoFailure,
  checkObserver,
  checkReplaced,
  checkTokens,
  checkTurns,
} from './ownership-checks.ts';

/**
 * Judges a run by its history alone. A claim for which the history holds no evidence counts as
 * broken: a run in which nothing happened shows nothing.
 */
export function judge(history: JobHistory): Check[] {
  return [
    checkAcknowledged(history),
    checkNumbers(history),
    checkTokens(history),
    checkAlone('lock', history),
    checkReplaced('lock', history),
    checkTurns(history),
    checkLateWrite(history),
    checkTold(history),
    checkControl(history),
    checkAlone('election', history),
    checkReplaced('election', history),
    checkObserver(history),
    checkNoFailure(history),
  ];
}

/** What a run that broke off is told on top. */
export function brokenOff(reason: string): Check {
  return broken('the run came to its end', reason);
}
