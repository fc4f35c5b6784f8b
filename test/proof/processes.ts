import { runChaos } from '../process/chaos/rounds.ts';
import type { Part } from './part.ts';

/**
 * Eight locks are fought for at the same time; a round takes about its lease and two seconds
 * more.
 */
const ARENAS = 8;
const SECONDS_PER_ROUND = 5;
const KILLS_MAX = 300;
const STOPS_MAX = 150;

/**
 * Real processes, killed and stopped within their holds: as many rounds as the time is good for.
 */
export const proveProcesses: Part = async ({ seconds }) => {
  const rounds = Math.min(KILLS_MAX + STOPS_MAX, (seconds * ARENAS) / SECONDS_PER_ROUND);
  const stops = Math.floor(rounds / 3);
  const kills = Math.floor(rounds - stops);
  const { verdicts, ...figures } = await runChaos({ kills, stops, arenas: ARENAS });
  const violations = verdicts.flatMap((verdict) => (verdict.ok ? [] : [verdict.explanation]));
  const slippedIn = stops - figures.lateWritesKeptOut;
  if (slippedIn > 0) violations.push(`${slippedIn} late writes slipped in`);
  return { figures, violations };
};
