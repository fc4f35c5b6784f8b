import { sleep } from '../../../lib/core/clock.ts';
import { absent, and, type Condition, compare, equals, or } from '../../../lib/store/condition.ts';
import type { WriteResult } from '../../../lib/store/store.ts';
import { set } from '../../../lib/store/update.ts';
import type { Item, Key } from '../../../lib/store/value.ts';
import type { GuardedWrite } from '../../check/fencing.ts';
import { checkLinearizable } from '../../check/linearizable.ts';
import { type RegisterInput, type RegisterOutput, registerModel } from '../../check/models.ts';
import { HistoryRecorder } from '../../check/recorder.ts';
import type { Verdict } from '../../check/verdict.ts';
import type { SimulatedClient } from '../client.ts';
import type { Arrival } from '../traced-store.ts';

/** What a writer needs to know of the hold that it writes under. */
export interface Holder {
  readonly name: string;
  readonly token: number;
  /** Whether to stop, asked before each step. */
  readonly stops: () => boolean;
}

const REQUEST_TIMEOUT_MS = 2_000;

/**
 * A counter in a row of its own, in the same table, that holders of a lock change by reading and
 * writing: exactly what a lock is for, and what goes wrong when it fails.
 */
export class GuardedCounter {
  readonly key: Key;
  readonly #isFenced: boolean;
  readonly #now: () => number;
  readonly #history: HistoryRecorder<RegisterInput, RegisterOutput>;
  readonly #writes: GuardedWrite[] = [];
  readonly #applied: string[] = [];

  constructor(name: string, now: () => number, options: { readonly isFenced: boolean }) {
    this.key = { pk: `sim#counter#${name}`, sk: 'counter' };
    this.#isFenced = options.isFenced;
    this.#now = now;
    this.#history = new HistoryRecorder(now);
  }

  get writes(): readonly GuardedWrite[] {
    return this.#writes;
  }

  /** Ids of the writes in the order in which the table applied them. */
  get applied(): readonly string[] {
    return this.#applied;
  }

  onArrival(arrival: Arrival): void {
    if (arrival.kind !== 'write' || arrival.result.kind !== 'applied') return;
    const { item } = arrival.result;
    const last = item?.pk === this.key.pk ? item.last : undefined;
    // Stamping the token leaves the last write as it was.
    if (typeof last === 'string' && last !== this.#applied.at(-1)) this.#applied.push(last);
  }

  judge(): Verdict {
    return checkLinearizable(this.#history.history(), registerModel(0));
  }

  /** Adds one up to `times` times, for as long as the table lets this holder. */
  async addOnes(client: SimulatedClient, holder: Holder, times: number): Promise<void> {
    let row = await this.#stamp(client, holder);
    for (let time = 0; time < times && row !== undefined && !holder.stops(); time += 1) {
      await sleep(client.clock, client.random.between(0, 1_000));
      if (holder.stops()) return;
      row = await this.#addOne(client, holder, row, time);
    }
  }

  /**
   * The first thing a holder does: from here on writes of earlier holders are refused, so what it
   * reads now stays true until it writes. A read alone would leave a gap for them.
   */
  async #stamp(client: SimulatedClient, holder: Holder): Promise<Item | undefined> {
    const { token } = holder;
    const result = await this.#write(client, [set('fence', token)], this.#notFencedOff(token));
    return result.kind === 'applied' ? result.item : undefined;
  }

  async #addOne(
    client: SimulatedClient,
    { name, token }: Holder,
    row: Item,
    time: number,
  ): Promise<Item | undefined> {
    const sum = (typeof row.sum === 'number' ? row.sum : 0) + 1;
    const id = `${name}.${token}.${time}`;
    const unchanged = sum === 1 ? absent('sum') : equals('sum', sum - 1);
    const end = this.#begin({ id, writer: name, token }, sum);
    const result = await this.#write(
      client,
      [set('sum', sum), set('last', id), set('fence', token)],
      this.#isFenced ? and(equals('fence', token), unchanged) : undefined,
    );
    end(result.kind);
    return result.kind === 'applied' ? result.item : undefined;
  }

  /** Writes down an addition that may never be answered; returns what to call if it is. */
  #begin(
    { id, writer, token }: Pick<GuardedWrite, 'id' | 'writer' | 'token'>,
    sum: number,
  ): (ending: WriteResult['kind']) => void {
    const operation = this.#history.call(writer, { kind: 'cas', from: sum - 1, to: sum });
    const calledAt = this.#now();
    const write = { id, writer, token, calledAt };
    const position = this.#writes.length;
    this.#writes.push({ ...write, outcome: 'unknown', returnedAt: Number.POSITIVE_INFINITY });
    return (ending) => {
      if (ending === 'unknown') return;
      this.#writes[position] = { ...write, outcome: OUTCOMES[ending], returnedAt: this.#now() };
      if (ending === 'applied') operation.returned({ kind: 'written' });
      else operation.hadNoEffect();
    };
  }

  #notFencedOff(token: number): Condition | undefined {
    return this.#isFenced ? or(absent('fence'), compare('fence', '<=', token)) : undefined;
  }

  async #write(
    client: SimulatedClient,
    actions: readonly ReturnType<typeof set>[],
    condition: Condition | undefined,
  ): Promise<WriteResult> {
    const abort = new AbortController();
    const timer = client.clock.startTimer(REQUEST_TIMEOUT_MS, () => abort.abort());
    const { signal } = abort;
    const request = { kind: 'update', key: this.key, actions, condition } as const;
    const result = await client.store.write(request, { signal });
    timer.cancel();
    return result;
  }
}

const OUTCOMES = {
  applied: 'accepted',
  refused: 'refused',
  failed: 'refused',
} as const;
