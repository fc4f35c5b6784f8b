import { sleep } from '../../../lib/core/clock.ts';
import { HoldfastError, isHoldfastError } from '../../../lib/errors.ts';
import {
  adopt,
  exportHold,
  type ItemHold,
  type LockedItem,
  type LocksHold,
  lockedItems,
  locks,
} from '../../../lib/recipes/index.ts';
import { RowItems } from '../../../lib/store/row-items.ts';
import { set } from '../../../lib/store/update.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { checkExclusion } from '../../check/exclusion.ts';
import { checkLinearizable } from '../../check/linearizable.ts';
import { type RegisterInput, type RegisterOutput, registerModel } from '../../check/models.ts';
import { eventCounter, HistoryRecorder } from '../../check/recorder.ts';
import { ITEM_TABLES, itemKey } from '../../unit/support/own-items.ts';
import type { SimulatedClient } from '../client.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { HeldClaims } from './held-claims.ts';
import {
  drawHabits,
  Endings,
  type Habits,
  leaseOf,
  repeat,
  runSession,
  type Thread,
} from './session.ts';

const NAMES = ['x', 'y', 'z'] as const;

export interface HoldingsWorkloadOptions {
  /** Off, to see the simulator find what the hold in the item's condition prevents. */
  readonly isFenced?: boolean | undefined;
}

interface Timed {
  readonly token: number;
  remainingMs(): number;
}

/**
 * Clients that add one to a locked item, take several locks at once, and pass single ones on to
 * another acquisition, in the same names.
 */
export class HoldingsWorkload implements Workload {
  readonly #habits: Habits;
  readonly #isFenced: boolean;
  readonly #endings = new Endings();
  readonly #claims = new Map([...NAMES, 'item'].map((name) => [name, new HeldClaims()]));
  readonly #now = eventCounter();
  readonly #history = new HistoryRecorder<RegisterInput, RegisterOutput>(this.#now);
  readonly #traffic = { sessions: 0, grants: 0, written: 0, together: 0, atOnce: 0, adopted: 0 };

  constructor(random: SeededRandom, { isFenced = true }: HoldingsWorkloadOptions = {}) {
    this.#habits = drawHabits(random);
    this.#isFenced = isFenced;
  }

  get clientNames(): readonly string[] {
    return this.#habits.clientNames;
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    const uses = [this.#add, this.#takeSeveral, this.#passOn].map((use) => use.bind(this));
    while (world.phase !== 'ending') {
      this.#traffic.sessions += 1;
      await runSession(client, world, this.#habits, (thread) =>
        repeat(thread, this.#habits, this.#endings, () => thread.random.pick(uses)(thread)),
      );
    }
    // Once the storm is over everybody can have everything, without a limit to the wait.
    await runSession(client, world, this.#habits, async (thread) => {
      const hold = await locks(thread.holdfast, NAMES).acquire(leaseOf(thread, this.#habits));
      await hold.release();
      await this.#addUnder(thread, await this.#item(thread).acquire());
    });
  }

  judge(): readonly Judgement[] {
    const exclusions = [...this.#claims].map(([name, { intervals }]) => ({
      name: `exclusion of ${name}`,
      verdict: checkExclusion(intervals),
    }));
    const verdict = checkLinearizable(this.#history.history(), registerModel(0));
    return [...exclusions, { name: 'the item’s count', verdict, isLinearizability: true }];
  }

  traffic(): Readonly<Record<string, number>> {
    return { ...this.#traffic, ...this.#endings.counts };
  }

  #item({ holdfast, client }: Thread): LockedItem {
    const options = { tables: ITEM_TABLES, items: new RowItems(client.store) };
    return lockedItems(holdfast, options).item('items', itemKey('count'));
  }

  async #add(thread: Thread): Promise<void> {
    const lease = leaseOf(thread, this.#habits);
    if (thread.random.chance(0.5)) {
      const result = await this.#item(thread).tryAcquire(lease);
      if (result.acquired) await this.#addUnder(thread, result.hold);
      return;
    }
    const timeoutMs = thread.random.between(0, 3 * this.#habits.leaseMs);
    await this.#addUnder(thread, await this.#item(thread).acquire({ ...lease, timeoutMs }));
  }

  async #addUnder(thread: Thread, hold: ItemHold): Promise<void> {
    const { random, client } = thread;
    const end = this.#begin(thread, 'item', hold);
    // Some work for longer than a lease, on renewals alone.
    const longestMs = random.chance(0.2) ? 2 * this.#habits.leaseMs : 300;
    await sleep(client.clock, random.between(0, longestMs), hold.signal);
    end();
    const count = Number(hold.item?.count ?? 0);
    if (random.chance(0.2)) return void (await hold.release());
    const call = this.#history.call(thread.name, { kind: 'cas', from: count, to: count + 1 });
    try {
      if (!this.#isFenced) await writeBlindly(client, count + 1);
      else await hold.write({ set: { count: count + 1 } });
      call.returned({ kind: 'written' });
      this.#traffic.written += 1;
      if (!this.#isFenced) await hold.release();
    } catch (error) {
      // Anything else may have been written, now or later.
      if (isHoldfastError(error, 'lease-lost')) call.hadNoEffect();
      await hold.release();
      if (!isHoldfastError(error, 'outcome-unknown')) throw error;
    }
  }

  async #takeSeveral(thread: Thread): Promise<void> {
    const { random, holdfast, client, world } = thread;
    const names = NAMES.filter(() => random.chance(0.7));
    if (names.length === 0) return;
    const lease = leaseOf(thread, this.#habits);
    const timeoutMs = random.between(0, 5 * this.#habits.leaseMs);
    const items = world.itemsOf(client);
    // Some programs know of no native transactions, and some prefer to do without.
    const options = random.chance(0.7) ? { items } : {};
    const hold = await locks(holdfast, names, options).acquire({ ...lease, timeoutMs });
    this.#traffic.together += 1;
    if (names.length > 1 && isOneAcquisition(hold)) this.#traffic.atOnce += 1;
    const ends = names.map((name) => this.#begin(thread, name, hold.hold(name)));
    await sleep(client.clock, random.between(0, 300), hold.signal);
    for (const end of ends) end();
    await hold.release();
  }

  async #passOn(thread: Thread): Promise<void> {
    const { random, holdfast, client } = thread;
    const name = random.pick(NAMES);
    const lease = leaseOf(thread, this.#habits);
    const timeoutMs = random.between(0, 3 * this.#habits.leaseMs);
    const hold = await holdfast.lock(name).acquire({ ...lease, timeoutMs });
    const end = this.#begin(thread, name, hold);
    const exported = await exportHold(hold, { leaseMs: 2 * this.#habits.leaseMs }).finally(end);
    await sleep(client.clock, random.between(0, 500));
    try {
      const adopted = await adopt(holdfast, exported, leaseOf(thread, this.#habits));
      this.#traffic.adopted += 1;
      const endAdopted = this.#begin(thread, name, adopted);
      await sleep(client.clock, random.between(0, 300), adopted.signal);
      endAdopted();
      await adopted.release();
    } catch (error) {
      // It took too long, and somebody else has the lock.
      if (!isHoldfastError(error, 'export-stale')) throw error;
    }
  }

  #begin({ world, client, holds, name: holder }: Thread, name: string, hold: Timed): () => void {
    this.#traffic.grants += 1;
    const { token } = hold;
    const claim = this.#claims.get(name)?.begin(world.clock, client, { holder, token }, hold);
    const end = () => {
      claim?.look();
      claim?.end();
      holds.delete(end);
    };
    holds.add(end);
    return end;
  }
}

/** Whether the locks were taken by one request. */
function isOneAcquisition(hold: LocksHold): boolean {
  const ids = Object.keys(hold.tokens).map((name) => hold.hold(name).parts().lease.id);
  return new Set(ids).size === 1;
}

/** As a program does that knows of no lock, and leaves a stub what it is. */
async function writeBlindly({ store }: SimulatedClient, count: number): Promise<void> {
  const actions = [set('count', count)];
  const result = await store.write({ kind: 'update', key: itemKey('count'), actions });
  if (result.kind !== 'applied') throw new HoldfastError('outcome-unknown', result.kind);
}
