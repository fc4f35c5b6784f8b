import { sleep } from '../../lib/core/clock.ts';
import type { Leadership } from '../../lib/election/leadership.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import { checkTokens, type Grant } from '../check/fencing.ts';
import { type Campaign, checkElection, type Observation } from '../check/leader-terms.ts';
import { eventCounter } from '../check/recorder.ts';
import { demand } from '../check/verdict.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { connect, LEASE_MS } from './connect.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

export interface ElectionScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, ElectionPart>>;
  readonly faults: FaultBudget;
}

/**
 * - `lead`: campaigns, leads, resigns.
 * - `proclaim`: leads for a while, long enough to renew, and says something new in between.
 * - `transfer`: the same, and gives the leadership to whoever waits.
 * - `observe`: looks until it has seen two leaders, or for three leases.
 */
export type ElectionPart = 'lead' | 'proclaim' | 'transfer' | 'observe';

const NAME = 'election';

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runElectionScenario(
  scenario: ElectionScenario,
  chooser: Chooser,
): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  const play = new ElectionPlay(schedule);
  for (const [name, part] of Object.entries(scenario.clients)) {
    schedule.start(name, (client) => play.run(client, part));
  }
  await schedule.run();
  play.judge();
  return schedule.operations;
}

class ElectionPlay {
  readonly #schedule: Schedule;
  readonly #now = eventCounter();
  readonly #campaigns: Campaign[] = [];
  readonly #observations: Observation[] = [];
  readonly #claims = new HeldClaims();

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  async run(client: ScheduledClient, part: ElectionPart): Promise<void> {
    const holdfast = connect(client);
    const election = holdfast.election(NAME);
    if (part === 'observe') {
      const stop = new AbortController();
      client.clock.startTimer(3 * LEASE_MS, () => stop.abort());
      for await (const leader of election.observe({ pollMs: LEASE_MS / 4, signal: stop.signal })) {
        const seen = this.#observe(client.name, leader?.term, leader?.label);
        if (seen >= 2) break;
      }
    } else {
      const calledAt = this.#now();
      const position = this.#campaigns.length;
      const campaign = { candidate: client.name, calledAt };
      this.#campaigns.push({ ...campaign, returnedAt: Number.POSITIVE_INFINITY });
      const leadership = await election.campaign(client.name, { leaseMs: LEASE_MS });
      const { term } = leadership;
      this.#campaigns[position] = { ...campaign, returnedAt: this.#now(), term };
      const candidates = async () => (part === 'transfer' ? election.candidates() : []);
      await this.#lead(leadership, client, part, candidates);
    }
    await holdfast.close();
  }

  judge(): void {
    const beliefs = this.#claims.intervals.map(({ holder, token, fromMs, safeUntilMs }) => ({
      leader: holder,
      term: token,
      fromMs,
      untilMs: safeUntilMs,
    }));
    const [campaigns, observations] = [this.#campaigns, this.#observations];
    demand(checkElection({ campaigns, observations, beliefs }), 0);
    const grants = campaigns.flatMap(({ candidate, term, ...interval }): Grant[] =>
      term === undefined ? [] : [{ holder: candidate, token: term, ...interval }],
    );
    demand(checkTokens(grants), 0);
  }

  async #lead(
    leadership: Leadership,
    client: ScheduledClient,
    part: ElectionPart,
    candidates: () => Promise<readonly string[]>,
  ): Promise<void> {
    const who = { holder: client.name, token: leadership.term };
    const claim = this.#claims.begin(this.#schedule.clock, { rate: 1 }, who, leadership);
    try {
      if (part === 'proclaim') {
        await sleep(client.clock, 0.3 * LEASE_MS, leadership.signal);
        await leadership.proclaim('news');
        await sleep(client.clock, 0.3 * LEASE_MS, leadership.signal);
      }
      const [first] = await candidates();
      claim.end();
      if (first !== undefined) await leadership.transferTo(first);
    } catch (error) {
      if (!isHoldfastError(error, 'lease-lost') && !isHoldfastError(error, 'store-unavailable')) {
        throw error;
      }
    }
    claim.end();
    await leadership.resign();
  }

  /** Notes what an observer was told; returns how many leaders it has seen. */
  #observe(observer: string, term: number | undefined, leader: string | undefined): number {
    const own = this.#observations.filter((observation) => observation.observer === observer);
    const at = this.#now();
    const last = own.at(-1)?.term ?? 0;
    if (leader === undefined) this.#observations.push({ observer, at, term: last });
    else this.#observations.push({ observer, at, term: term ?? last, leader });
    return own.filter((observation) => observation.leader !== undefined).length + 1;
  }
}
