import { sleep } from '../../../lib/core/clock.ts';
import type { Leader } from '../../../lib/election/leader.ts';
import type { Leadership } from '../../../lib/election/leadership.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { checkTokens, type Grant } from '../../check/fencing.ts';
import {
  type Campaign,
  checkElection,
  type ElectionRun,
  type Observation,
} from '../../check/leader-terms.ts';
import { eventCounter } from '../../check/recorder.ts';
import { failed, passed, type Verdict } from '../../check/verdict.ts';
import type { SimulatedClient } from '../client.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { type Claim, HeldClaims } from './held-claims.ts';
import {
  drawHabits,
  Endings,
  type Habits,
  leaseOf,
  repeat,
  runSession,
  type Thread,
} from './session.ts';

const NAME = 'election-1';

/**
 * Clients that campaign, lead for a while, proclaim, resign or hand over, and clients that
 * observe all of that through replicas that lag.
 */
export class ElectionWorkload implements Workload {
  readonly #habits: Habits;
  readonly #now = eventCounter();
  readonly #campaigns: Campaign[] = [];
  readonly #observations: Observation[] = [];
  /** What leaders published, by term and version. */
  readonly #values = new Map<string, string>();
  readonly #seen: (Leader & { readonly observer: string })[] = [];
  readonly #claims = new HeldClaims();
  readonly #endings = new Endings();
  readonly #traffic = { sessions: 0, terms: 0, proclamations: 0, transfers: 0, observed: 0 };

  constructor(random: SeededRandom) {
    this.#habits = drawHabits(random);
  }

  get clientNames(): readonly string[] {
    return this.#habits.clientNames;
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    while (world.phase !== 'ending') {
      this.#traffic.sessions += 1;
      await runSession(client, world, this.#habits, (thread) => this.#work(thread));
    }
    await runSession(client, world, this.#habits, async (thread) => {
      await this.#lead(await this.#campaign(thread, {}), thread);
    });
  }

  judge(): readonly Judgement[] {
    const run: ElectionRun = {
      campaigns: this.#processCampaigns(),
      observations: this.#observations,
      beliefs: this.#claims.intervals.map(({ holder, token, fromMs, safeUntilMs }) => ({
        leader: holder,
        term: token,
        fromMs,
        untilMs: safeUntilMs,
      })),
    };
    const grants = this.#campaigns.flatMap(({ candidate, term, ...interval }): Grant[] =>
      term === undefined ? [] : [{ holder: candidate, token: term, ...interval }],
    );
    return [
      { name: `terms of ${NAME}`, verdict: checkElection(run) },
      { name: `values of ${NAME}`, verdict: this.#judgeValues() },
      { name: `fencing of ${NAME}`, verdict: checkTokens(grants) },
    ];
  }

  traffic(): Readonly<Record<string, number>> {
    return { ...this.#traffic, ...this.#endings.counts };
  }

  /**
   * The campaigns as a process's: its threads share one place in line, and what one of them was
   * granted after it had given up goes to another. So each may have begun with the first.
   */
  #processCampaigns(): Campaign[] {
    const first = new Map<string, Campaign>();
    for (const campaign of this.#campaigns) {
      const { candidate, calledAt } = campaign;
      if (first.has(candidate)) continue;
      first.set(candidate, { candidate, calledAt, returnedAt: Number.POSITIVE_INFINITY });
    }
    const since = (campaign: Campaign) => first.get(campaign.candidate) ?? campaign;
    return [
      ...first.values(),
      ...this.#campaigns.map((campaign) => ({ ...campaign, calledAt: since(campaign).calledAt })),
    ];
  }

  /** Whether observers were told what the leader of that term had published. */
  #judgeValues(): Verdict<'wrong-value'> {
    for (const { observer, term, version, value } of this.#seen) {
      const published = this.#values.get(`${term}/${version}`);
      // A leader that crashed before it was told of its term has told us nothing either.
      if (published === undefined || published === value) continue;
      const where = `term ${term}, version ${version}`;
      const explanation = `${observer} saw ${value} in ${where}: ${published}`;
      return failed('wrong-value', explanation);
    }
    return passed(this.#seen.length);
  }

  async #work(thread: Thread): Promise<void> {
    const { random, client, holdfast } = thread;
    if (random.chance(0.3)) return this.#observe(thread);
    await repeat(thread, this.#habits, this.#endings, async () => {
      const timeoutMs = random.between(0, 4 * this.#habits.leaseMs);
      if (random.chance(0.5)) {
        const limits = random.pick([{ timeoutMs }, {}]);
        return this.#lead(await this.#campaign(thread, limits), thread);
      }
      await holdfast.election(NAME).leader();
      await sleep(client.clock, random.between(0, this.#habits.thinkMsMax));
    });
  }

  async #campaign(thread: Thread, limits: { timeoutMs?: number }): Promise<Leadership> {
    const { label, holdfast } = thread;
    const calledAt = this.#now();
    const position = this.#campaigns.length;
    this.#campaigns.push({ candidate: label, calledAt, returnedAt: Number.POSITIVE_INFINITY });
    const lease = leaseOf(thread, this.#habits);
    const value = `${label}/${calledAt}`;
    const leadership = await holdfast.election(NAME).campaign(value, { ...lease, ...limits });
    const { term } = leadership;
    this.#values.set(`${term}/1`, value);
    this.#campaigns[position] = { candidate: label, calledAt, returnedAt: this.#now(), term };
    return leadership;
  }

  /** One term: proclaims now and then, and ends it in one of the ways there are. */
  async #lead(leadership: Leadership, thread: Thread): Promise<void> {
    const { client, random, world, label, holds } = thread;
    this.#traffic.terms += 1;
    const who = { holder: label, token: leadership.term };
    const claim = this.#claims.begin(world.clock, client, who, leadership);
    holds.add(claim.end);
    try {
      for (let version = 2; version <= 4 && claim.look(); version += 1) {
        await sleep(client.clock, random.between(0, this.#habits.leaseMs), leadership.signal);
        if (random.chance(0.5)) break;
        const value = `${label}/${this.#now()}`;
        this.#values.set(`${leadership.term}/${version}`, value);
        await leadership.proclaim(value);
        this.#traffic.proclamations += 1;
      }
      if (random.chance(0.3)) await this.#transfer(leadership, claim, thread);
    } finally {
      claim.end();
      holds.delete(claim.end);
      await leadership.resign();
    }
  }

  async #transfer(leadership: Leadership, claim: Claim, { holdfast, random }: Thread) {
    const candidates = await holdfast.election(NAME).candidates();
    if (candidates.length === 0 || !claim.look()) return;
    claim.end();
    const { outcome } = await leadership.transferTo(random.pick(candidates));
    if (outcome === 'transferred') this.#traffic.transfers += 1;
  }

  async #observe({ name, holdfast, client, random, world }: Thread): Promise<void> {
    const observer = `${name}/${this.#now()}`;
    const stop = new AbortController();
    const pollMs = random.between(100, 2_000);
    const timer = client.clock.startTimer(random.between(0, 60_000), () => stop.abort());
    let term = 0;
    const leaders = holdfast.election(NAME).observe({ pollMs, signal: stop.signal });
    for await (const leader of leaders) {
      term = leader?.term ?? term;
      const seen = { observer, at: this.#now(), term };
      this.#observations.push(leader === undefined ? seen : { ...seen, leader: leader.label });
      if (leader !== undefined) this.#seen.push({ ...leader, observer });
      this.#traffic.observed += 1;
      if (world.phase === 'ending') break;
    }
    timer.cancel();
  }
}
