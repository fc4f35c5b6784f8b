import { sleep } from '../../lib/core/clock.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import type { Holdfast } from '../../lib/holdfast.ts';
import type { ItemHold } from '../../lib/recipes/index.ts';
import { RowItems } from '../../lib/store/row-items.ts';
import { checkExclusion } from '../check/exclusion.ts';
import { checkTokens, type Grant } from '../check/fencing.ts';
import { checkLinearizable } from '../check/linearizable.ts';
import { type RegisterInput, type RegisterOutput, registerModel } from '../check/models.ts';
import { eventCounter, HistoryRecorder, type PendingOperation } from '../check/recorder.ts';
import { demand } from '../check/verdict.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import { ITEM_TABLES, itemKey } from '../unit/support/own-items.ts';
import type { Chooser } from './choices.ts';
import { LEASE_MS, open } from './connect.ts';
import { AS_IT_IS, type ExploredLibrary } from './library.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

export interface ItemScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, ItemUse>>;
  readonly faults: FaultBudget;
  /** @default as it is */
  readonly library?: ExploredLibrary;
}

/**
 * - `add`: waits for the item, adds one to its count, and gives it up in the same write.
 * - `work`: the same, and holds it for long enough to renew it.
 * - `try`: tries once, and adds one if it got it.
 * - `drop`: waits for it and gives it back as it was. There is no item then to begin with.
 * - `transact`: adds one by a transaction, twice. The lock of one that died stands in everybody's
 *   way until another transaction comes by; here none does, and so nobody waits for ever.
 */
export type ItemUse = 'add' | 'work' | 'try' | 'drop' | 'transact';

const TABLE = 'items';
const KEY = itemKey('count');
/** Everybody holds for some time: moments do not overlap. */
const BRIEF_MS = 0.05 * LEASE_MS;
const PATIENCE_MS = 5 * LEASE_MS;
/** What callers have to reckon with in bad weather. */
const WEATHER = [
  'lease-lost',
  'item-changed',
  'outcome-unknown',
  'store-unavailable',
  'transaction-conflict',
  'acquire-timeout',
] as const;

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runItemScenario(scenario: ItemScenario, chooser: Chooser): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  // A lock on no item leaves none behind, and with it go the tokens.
  const isThere = !Object.values(scenario.clients).includes('drop');
  if (isThere) await schedule.memory.write({ kind: 'put', item: { ...KEY, count: 0 } });
  const play = new ItemPlay(schedule, scenario.library ?? AS_IT_IS);
  for (const [name, use] of Object.entries(scenario.clients)) {
    schedule.start(name, (client) => play.run(client, use));
  }
  await schedule.run();
  const item = schedule.memory.snapshot().find(({ pk }) => pk === KEY.pk);
  play.judge(Number(item?.count ?? 0), isThere);
  return schedule.operations;
}

class ItemPlay {
  readonly #schedule: Schedule;
  readonly #library: ExploredLibrary;
  readonly #now = eventCounter();
  readonly #claims = new HeldClaims();
  readonly #grants: Grant[] = [];
  readonly #history = new HistoryRecorder<RegisterInput, RegisterOutput>(this.#now);

  constructor(schedule: Schedule, library: ExploredLibrary) {
    this.#schedule = schedule;
    this.#library = library;
  }

  async run(client: ScheduledClient, use: ItemUse): Promise<void> {
    const holdfast = open(this.#library, client, 'service');
    try {
      if (use === 'transact') await this.#transact(client, holdfast);
      else await this.#use(client, use, holdfast);
    } catch (error) {
      if (!WEATHER.some((code) => isHoldfastError(error, code))) throw error;
    }
    await holdfast.close();
  }

  judge(count: number, hasTokens: boolean): void {
    if (hasTokens) demand(checkTokens(this.#grants), 0);
    demand(checkExclusion(this.#claims.intervals), 0);
    this.#history.call('the end', { kind: 'read' }).returned({ kind: 'value', value: count });
    demand(checkLinearizable(this.#history.history(), registerModel(0)));
  }

  async #use(client: ScheduledClient, use: ItemUse, holdfast: Holdfast): Promise<void> {
    const options = { tables: ITEM_TABLES, items: new RowItems(client.store) };
    const item = this.#library.lockedItems(holdfast, options).item(TABLE, KEY);
    const calledAt = this.#now();
    if (use === 'try') {
      const result = await item.tryAcquire({ leaseMs: LEASE_MS });
      if (result.acquired) await this.#hold(client, use, result.hold, calledAt);
    } else {
      const hold = await item.acquire({ leaseMs: LEASE_MS, timeoutMs: PATIENCE_MS });
      await this.#hold(client, use, hold, calledAt);
    }
  }

  async #hold(
    client: ScheduledClient,
    use: ItemUse,
    hold: ItemHold,
    calledAt: number,
  ): Promise<void> {
    const { token } = hold;
    const holder = client.name;
    this.#grants.push({ holder, token, calledAt, returnedAt: this.#now() });
    const claim = this.#claims.begin(this.#schedule.clock, { rate: 1 }, { holder, token }, hold);
    await sleep(client.clock, use === 'work' ? 0.6 * LEASE_MS : BRIEF_MS, hold.signal);
    claim.look();
    claim.end();
    try {
      if (use !== 'drop') await this.#add(holder, Number(hold.item?.count ?? 0), hold);
    } finally {
      await hold.release();
    }
  }

  async #add(who: string, from: number, hold: ItemHold): Promise<void> {
    const call = this.#history.call(who, { kind: 'cas', from, to: from + 1 });
    try {
      await hold.write({ set: { count: from + 1 } });
      call.returned({ kind: 'written' });
    } catch (error) {
      const hasFailed =
        isHoldfastError(error, 'lease-lost') || isHoldfastError(error, 'item-changed');
      if (hasFailed) call.hadNoEffect();
      throw error;
    }
  }

  async #transact(client: ScheduledClient, holdfast: Holdfast): Promise<void> {
    const items = new RowItems(client.store);
    const transactions = this.#library.transactions(holdfast, { tables: ITEM_TABLES, items });
    for (let time = 0; time < 2; time += 1) {
      let call: PendingOperation<RegisterOutput> | undefined;
      await transactions.transact(async (tx) => {
        // What an earlier run of this function would have written was not.
        call?.hadNoEffect();
        const from = Number((await tx.get(TABLE, KEY))?.count ?? 0);
        call = this.#history.call(client.name, { kind: 'cas', from, to: from + 1 });
        tx.update(TABLE, KEY, { set: { count: from + 1 } });
      });
      call?.returned({ kind: 'written' });
    }
  }
}
