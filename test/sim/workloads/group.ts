import { sleep } from '../../../lib/core/clock.ts';
import { type Group, group, type Membership } from '../../../lib/group/index.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { SimulatedClient } from '../client.ts';
import type { Arrival } from '../traced-store.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { GroupRecord } from './group-record.ts';
import { drawHabits, Endings, type Habits, repeat, runSession, type Thread } from './session.ts';

export interface GroupWorkloadOptions {
  /** How much shorter members' leases really are than they are judged to be: to see the judge. */
  readonly judgedLonger?: number | undefined;
}

/** What may still be under way when the storm ends: the latest of late requests. */
const LATENESS_MS = 65_000;

/** Processes that join a group, beat, change, drain, leave, die, and watch each other do it. */
export class GroupWorkload implements Workload {
  readonly #habits: Habits;
  readonly #pollMs: number;
  readonly #sweepMs: number;
  /** How long the last round lasts, so that it can end with everybody of one mind. */
  readonly #settleMs: number;
  readonly #record: GroupRecord;
  readonly #endings = new Endings();
  readonly #traffic = { sessions: 0, updates: 0, drains: 0, leaves: 0, events: 0 };
  readonly #ready = new Set<string>();
  #watchFailure: unknown;

  constructor(random: SeededRandom, options: GroupWorkloadOptions = {}) {
    const habits = { ...drawHabits(random), threads: 1, keepsSessions: false };
    this.#habits = habits;
    this.#pollMs = random.pick([300, 1_000, 3_000]);
    this.#sweepMs = Math.max(500, habits.leaseMs / 3);
    const agreeWithinMs = 2 * habits.leaseMs + 5 * this.#sweepMs + 3 * this.#pollMs + 5_000;
    const leaseMs = habits.leaseMs * (options.judgedLonger ?? 1);
    this.#record = new GroupRecord({ leaseMs, agreeWithinMs });
    this.#settleMs = agreeWithinMs + LATENESS_MS;
  }

  get clientNames(): readonly string[] {
    return this.#habits.clientNames;
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    this.#record.begin(world.clock);
    while (world.phase !== 'ending') {
      this.#traffic.sessions += 1;
      await runSession(client, world, this.#habits, (thread) => this.#work(thread));
    }
    // Once the storm is over everybody comes to the same view.
    await runSession(client, world, this.#habits, (thread) => this.#lastRound(thread));
    if (this.#watchFailure !== undefined) throw this.#watchFailure;
  }

  onArrival(arrival: Arrival): void {
    this.#record.onArrival(arrival);
  }

  judge(): readonly Judgement[] {
    return this.#record.judge();
  }

  traffic(): Readonly<Record<string, number>> {
    const { joins, kills } = this.#record;
    return { ...this.#traffic, ...this.#endings.counts, grants: joins, joins, kills };
  }

  async #work(thread: Thread): Promise<void> {
    const images = this.#open(thread);
    void this.#watch(thread, images);
    await repeat(thread, this.#habits, this.#endings, async () => {
      await this.#use(thread, await this.#join(thread, images));
    });
  }

  async #lastRound(thread: Thread): Promise<void> {
    const { client, random } = thread;
    const images = this.#open(thread);
    void this.#watch(thread, images);
    await this.#join(thread, images);
    this.#ready.add(thread.label);
    while (this.#ready.size < this.clientNames.length) await sleep(client.clock, 500);
    await sleep(client.clock, this.#settleMs + random.between(0, 100));
    this.#record.end([...this.#ready]);
  }

  #open({ holdfast }: Thread): Group {
    return group(holdfast, 'it', { pollMs: this.#pollMs, sweepMs: this.#sweepMs });
  }

  #join({ client, random }: Thread, images: Group): Promise<Membership> {
    const { leaseMs } = this.#habits;
    // The same id for each process of a client: what its last one left must be replaced.
    const id = random.chance(0.7) ? client.name : undefined;
    const onLost = random.pick(['rejoin', 'end'] as const);
    return images.join({ id, leaseMs, onLost });
  }

  async #use(thread: Thread, membership: Membership): Promise<void> {
    const { client, random } = thread;
    for (let left = random.integer(0, 4); left > 0; left -= 1) {
      await sleep(client.clock, random.between(0, 2 * this.#habits.leaseMs));
      if (random.chance(0.5)) continue;
      this.#traffic.updates += 1;
      await membership.update({ weight: random.integer(1, 9) });
    }
    const end = random.fraction();
    if (end < 0.4) {
      this.#traffic.leaves += 1;
      await membership.leave();
    } else if (end < 0.6) {
      this.#traffic.drains += 1;
      await membership.drain(this.#pollMs);
    }
    // The others stay until their process is closed, or dies.
  }

  async #watch({ label, client }: Thread, images: Group): Promise<void> {
    try {
      for await (const { view } of images.watch()) {
        if (!client.isAlive) return;
        this.#traffic.events += 1;
        const members = view.members.map(({ incarnation }) => incarnation);
        this.#record.show(label, view.revision, members);
      }
    } catch (error) {
      this.#watchFailure ??= error;
    }
  }
}
