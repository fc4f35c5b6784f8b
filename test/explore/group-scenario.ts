import { sleep } from '../../lib/core/clock.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import type { Group, Membership } from '../../lib/group/index.ts';
import type { Item } from '../../lib/store/value.ts';
import type { Chooser } from './choices.ts';
import { LEASE_MS, open } from './connect.ts';
import { AS_IT_IS, type ExploredLibrary } from './library.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

export interface GroupScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, GroupUse>>;
  readonly faults: FaultBudget;
  /** @default as it is */
  readonly library?: ExploredLibrary;
}

/**
 * - `visit`: joins, looks who is there, and leaves.
 * - `stay`: joins, beats for longer than a lease, looks who is there, and leaves.
 * - `replace`: joins under an id that is everybody's, and does not leave.
 * - `swap`: joins under it, and leaves.
 * - `look`: looks who is there, three times.
 */
export type GroupUse = 'visit' | 'stay' | 'replace' | 'swap' | 'look';

const EVERYBODYS_ID = 'same';
/** Lapsed beats are looked for as often as this. */
const SWEEP_MS = 200;
/** Looks in which another process finds everybody who is gone. */
const LAST_LOOKS = 4;

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runGroupScenario(scenario: GroupScenario, chooser: Chooser): Promise<number> {
  const { clients, faults, library = AS_IT_IS } = scenario;
  const schedule = new Schedule(chooser, faults);
  const play = new GroupPlay(library);
  for (const [name, use] of Object.entries(clients)) {
    schedule.start(name, (client) => play.run(client, use));
  }
  await schedule.run();
  const rowsOf = (kind: string) =>
    schedule.memory.snapshot().filter(({ sk }) => String(sk).startsWith(kind));
  play.judge(rowsOf('member#'), rowsOf('beat#'));
  // Another process finds whom they have left behind.
  const clock = schedule.clock.clientClock();
  const last = open(library, { name: 'last', clock, store: schedule.memory });
  const group = library.group(last, 'it', { sweepMs: SWEEP_MS });
  for (let look = 0; look < LAST_LOOKS; look += 1) {
    await schedule.clock.advance(2 * LEASE_MS);
    await schedule.clock.run(group.view());
  }
  const left = group.current?.members.map(({ id }) => id) ?? [];
  if (left.length > 0) throw new Error(`${left} are still there`);
  const digest = rowsOf('head')[0]?.digest ?? 0;
  if (digest !== 0) throw new Error(`the head says ${digest} of an empty group`);
  return schedule.operations;
}

class GroupPlay {
  readonly #library: ExploredLibrary;
  /** Who is in the group for certain: has joined, and has not begun to leave. */
  readonly #present = new Set<Membership>();

  /** Who has joined for good: unless somebody has replaced him, he is there as well. */
  readonly #staying = new Set<Membership>();

  constructor(library: ExploredLibrary) {
    this.#library = library;
  }

  async run(client: ScheduledClient, use: GroupUse): Promise<void> {
    const holdfast = open(this.#library, client, use === 'stay' ? 'service' : 'lambda');
    const group = this.#library.group(holdfast, 'it', { sweepMs: SWEEP_MS });
    try {
      await this.#use(client, use, group);
    } catch (error) {
      if (!isHoldfastError(error, 'store-unavailable')) throw error;
    }
    // Whoever was replaced does not leave: that is what closing would do.
    if (use !== 'replace') await holdfast.close();
  }

  /** Whoever is in the group is in its list: nobody is hidden by an older life of his id. */
  judge(members: readonly Item[], beats: readonly Item[]): void {
    const lives = beats.map(({ owner }) => owner);
    const shown = members.map(({ incarnation }) => incarnation);
    for (const { id, incarnation } of alive(this.#staying)) {
      // Whoever was replaced may not have heard of it yet.
      if (!lives.includes(incarnation) || shown.includes(incarnation)) continue;
      throw new Error(`${id} lives as ${incarnation}, and the list has ${shown}`);
    }
  }

  async #use({ name, clock }: ScheduledClient, use: GroupUse, group: Group): Promise<void> {
    switch (use) {
      case 'visit':
      case 'stay': {
        const membership = await group.join({ id: name, leaseMs: LEASE_MS, onLost: 'end' });
        this.#present.add(membership);
        if (use === 'stay') await sleep(clock, 1.2 * LEASE_MS, membership.signal);
        await this.#look(group);
        this.#present.delete(membership);
        await membership.leave();
        return;
      }
      case 'replace':
      case 'swap': {
        const membership = await group.join({ id: EVERYBODYS_ID, leaseMs: LEASE_MS });
        if (use === 'swap') await membership.leave();
        else this.#staying.add(membership);
        return;
      }
      case 'look':
        for (let look = 0; look < 3; look += 1) {
          await this.#look(group);
          await sleep(clock, SWEEP_MS);
        }
    }
  }

  /** Whoever was there before the look, and after it, was seen in it. */
  async #look(group: Group): Promise<void> {
    const before = alive(this.#present);
    const { members } = await group.view();
    const after = alive(this.#present);
    for (const { id, incarnation } of before.filter((each) => after.includes(each))) {
      const isSeen = members.some((member) => member.incarnation === incarnation);
      if (!isSeen) throw new Error(`${id} was not seen`);
    }
  }
}

function alive(memberships: Iterable<Membership>): readonly Membership[] {
  return [...memberships].filter((membership) => membership.remainingMs() > 0);
}
