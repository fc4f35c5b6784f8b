import { type Belief, beliefsIn, overlapOf, type Succession, successionsIn } from './beliefs.ts';
import { broken, type Check, held } from './check.ts';
import { eventsOf, type JobHistory } from './history.ts';
import type { Prize } from './messages.ts';

/** How many leases a dead process may be in the way. A lease, the clock's error, a dead waiter. */
const LEASES_UNTIL_REPLACED = 3;
/** A leadership as short as this may come and go between two looks of an observer. */
const SURELY_SEEN_MS = 2_000;

/** Each grant's token is larger than that of every grant before it. */
export function checkTokens({ events }: JobHistory): Check {
  const claim = 'tokens grow with every grant, and so do terms';
  const [grants, terms] = [beliefsIn('lock', events), beliefsIn('election', events)];
  for (const beliefs of [grants, terms]) {
    const wrong = successorsOf(beliefs).find(([before, after]) => after.token <= before.token);
    if (wrong !== undefined) {
      const [before, after] = wrong;
      const what = `${after.process} got ${after.token}`;
      return broken(claim, `${what} after ${before.process} got ${before.token}`);
    }
    if (beliefs.length < 2) return broken(claim, 'fewer than two grants: nothing to compare');
  }
  return held(claim, `${grants.length} grants, ${terms.length} terms`);
}

/** No two processes take themselves for the holder, or the leader, at the same time. */
export function checkAlone(prize: Prize, { events }: JobHistory): Check {
  const what = prize === 'lock' ? 'holder' : 'leader';
  const claim = `one ${what} at a time`;
  const beliefs = beliefsIn(prize, events);
  const overlap = overlapOf(beliefs);
  if (overlap !== undefined) {
    const [one, other] = overlap;
    const togetherMs = Math.min(one.untilMs, other.untilMs) - other.fromMs;
    const detail = `${one.process} and ${other.process}, together for ${togetherMs.toFixed(1)} ms`;
    return broken(claim, detail);
  }
  if (beliefs.length < 2) return broken(claim, `${beliefs.length} in all: nothing to compare`);
  const gapsMs = successorsOf(beliefs).map(([before, after]) => after.fromMs - before.untilMs);
  const closest = Math.min(...gapsMs);
  return held(claim, `${beliefs.length} in turn, never closer than ${closest.toFixed(1)} ms`);
}

/** Whoever is killed is replaced, in the time that its lease and the dead in line allow. */
export function checkReplaced(prize: Prize, { events, leaseMs }: JobHistory): Check {
  const limitMs = LEASES_UNTIL_REPLACED * leaseMs;
  const what = prize === 'lock' ? 'holder' : 'leader';
  const claim = `a killed ${what} is replaced within ${LEASES_UNTIL_REPLACED} leases`;
  const dead = beliefsIn(prize, events).filter(({ end }) => end === 'killed');
  const replaced = successionsIn(prize, events).filter(({ kind }) => kind === 'after-kill');
  if (dead.length === 0) return broken(claim, `no ${what} was killed: nothing is shown`);
  if (replaced.length < dead.length) return broken(claim, `${dead.at(-1)?.process} was not`);
  const slow = replaced.find(({ gapMs }) => gapMs > limitMs);
  if (slow !== undefined) return broken(claim, tellGap(slow));
  return held(claim, replaced.map(tellGap).join(', '));
}

/** Every process that lives long enough gets the lock, again and again. */
export function checkTurns({ events, leaseMs }: JobHistory): Check {
  const claim = 'every process gets its turn';
  const grants = eventsOf(events, 'granted').filter(({ of }) => of === 'lock');
  const lastMs = Math.max(...events.map(({ atMs }) => atMs));
  const lives = eventsOf(events, 'ready').map(({ process, atMs }) => {
    const ends = [...eventsOf(events, 'asked-to-finish'), ...eventsOf(events, 'exited')];
    const end = ends.find((event) => event.process === process);
    const count = grants.filter((grant) => grant.process === process).length;
    return { process, livedMs: (end?.atMs ?? lastMs) - atMs, count };
  });
  const starved = lives.find(({ livedMs, count }) => count === 0 && livedMs > 3 * leaseMs);
  if (lives.length === 0) return broken(claim, 'there was no process');
  if (starved !== undefined) return broken(claim, `${starved.process} never had the lock`);
  const counts = lives.map(({ count }) => count);
  return held(claim, `${lives.length} processes, ${Math.max(...counts)} turns at most`);
}

/** The observer saw the leaders in order, saw every lasting one, and none who was not elected. */
export function checkObserver({ events }: JobHistory): Check {
  const claim = 'the observer saw the leaders, in order';
  const sights = eventsOf(events, 'observed');
  const back = sights.findIndex(({ term, version }, index) => {
    const before = sights[index - 1];
    if (before === undefined || term > before.term) return false;
    return term < before.term || version < before.version;
  });
  if (back !== -1) return broken(claim, `term ${sights[back]?.term} after a later one`);
  const terms = beliefsIn('election', events);
  const stranger = sights.find(({ term }) => !terms.some(({ token }) => token === term));
  if (stranger !== undefined) return broken(claim, `term ${stranger.term} was nobody's`);
  const lasting = terms.filter(({ fromMs, untilMs }) => untilMs - fromMs > SURELY_SEEN_MS);
  const missed = lasting.find(({ token }) => !sights.some(({ term }) => term === token));
  if (missed !== undefined) return broken(claim, `it missed ${missed.process}`);
  if (lasting.length === 0) return broken(claim, 'nobody led for long enough to be seen');
  const seen = new Set(sights.map(({ term }) => term)).size;
  return held(claim, `${seen} terms, ${sights.length} proclamations`);
}

/** Nothing went wrong by itself: only what was done to the processes ended any. */
export function checkNoFailure({ events }: JobHistory): Check {
  const claim = 'no process failed by itself';
  const [first] = eventsOf(events, 'failed');
  if (first !== undefined) return broken(claim, `${first.process}: ${first.message}`);
  const killed = eventsOf(events, 'killed').length;
  return held(claim, `${eventsOf(events, 'exited').length - killed} ended well, ${killed} killed`);
}

/** Each belief with the one before it. */
function successorsOf(beliefs: readonly Belief[]): (readonly [Belief, Belief])[] {
  return beliefs.slice(1).map((after, index) => [beliefs[index] ?? after, after] as const);
}

function tellGap({ from, to, gapMs }: Succession): string {
  return `${from.process} by ${to.process} in ${(gapMs / 1_000).toFixed(2)} s`;
}
