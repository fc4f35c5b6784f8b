import {
  Holdfast,
  type HoldfastOptions,
  type Leadership,
  type LockHold,
  type WaitingOptions,
} from '../../../lib/index.ts';
import { type OwnershipRow, parseOwnershipRow } from '../../../lib/lease/row.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { ClientClockOptions } from '../../../lib/testing/client-clock.ts';
import { RowHistory } from '../../../lib/testing/row-history.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';
import type { Library } from '../../planted/load.ts';
import { Actor } from './actor.ts';
import { Ledger } from './ledger.ts';
import { Wait } from './wait.ts';

export interface ActorOptions extends ClientClockOptions {
  readonly mode?: HoldfastOptions['mode'];
  readonly requestTimeoutMs?: number | undefined;
}

/** The one lock or election that most scenarios are about. */
const NAME = 'it';

/** One table and some processes on virtual time, for scenarios that are played step by step. */
export class Stage {
  readonly clock = new VirtualClock();
  /** Every request that reaches the table. */
  readonly ledger = new Ledger(this.clock);
  readonly table: MemoryStore;
  /** Whether answers carry a `Date`, without which nobody knows the table's time. */
  dated = true;
  readonly #library: Pick<Library, 'Holdfast'>;
  readonly #history = new RowHistory();

  /** @param library The one to play with: by default as it is. */
  constructor(library: Pick<Library, 'Holdfast'> = { Holdfast }) {
    this.#library = library;
    const { clock, ledger } = this;
    this.table = new MemoryStore({
      clock,
      dateMs: () => (this.dated ? Math.floor(clock.wallMs() / 1_000) * 1_000 : undefined),
      onRequest: (request) => ledger.charge(request),
    });
  }

  /** Starts a process. Each request and each answer takes it 5 ms. */
  actor(label: string, options: ActorOptions = {}): Actor {
    const { Holdfast } = this.#library;
    return new Actor({
      Holdfast,
      label,
      trueClock: this.clock,
      history: this.#history,
      table: this.ledger.watch(label, this.table),
      ...options,
    });
  }

  /** Starts processes that know the table's time already, by one earlier call each. */
  async actors<Labels extends readonly string[]>(
    ...labels: Labels
  ): Promise<{ readonly [index in keyof Labels]: Actor }> {
    const actors = labels.map((label) => this.actor(label));
    for (const actor of actors) await this.run(actor.holdfast.lock('earlier').holder());
    this.ledger.clear();
    return actors as { [index in keyof Labels]: Actor };
  }

  /** Lets `actor` acquire the lock, which must be free. */
  acquires(actor: Actor, options?: WaitingOptions): Promise<LockHold> {
    return this.run(actor.holdfast.lock(NAME).acquire(options), 10_000);
  }

  /** One try of `actor`. */
  async tries(actor: Actor): Promise<LockHold | undefined> {
    const result = await this.run(actor.holdfast.lock(NAME).tryAcquire(), 10_000);
    return result.acquired ? result.hold : undefined;
  }

  /** Starts to wait, without waiting for anything. */
  wait(actor: Actor, options: WaitingOptions = {}): Wait {
    return new Wait((signal) => actor.holdfast.lock(NAME).acquire({ signal, ...options }));
  }

  /** Starts to wait, and comes back when the process stands in line. */
  async joins(actor: Actor, options?: WaitingOptions): Promise<Wait> {
    const wait = this.wait(actor, options);
    await this.#standsInLine(actor);
    return wait;
  }

  /** Lets `actor` lead, where nobody does. It tells others its label. */
  leads(actor: Actor): Promise<Leadership> {
    return this.run(actor.holdfast.election(NAME).campaign(actor.label), 10_000);
  }

  /** Starts to campaign, and comes back when the process stands in line. */
  async campaigns(actor: Actor): Promise<Wait<Leadership>> {
    const election = actor.holdfast.election(NAME);
    const wait = new Wait((signal) => election.campaign(actor.label, { signal }));
    await this.#standsInLine(actor);
    return wait;
  }

  /** What is granted within a time; `undefined`: nothing is, or the wait has failed. */
  async granted<Grant>(wait: Wait<Grant>, withinMs: number): Promise<Grant | undefined> {
    const deadlineMs = this.clock.monotonicMs() + withinMs;
    await this.clock.settle();
    while (!wait.isOver && this.clock.monotonicMs() < deadlineMs) await this.advance(10);
    return wait.hold;
  }

  /** Lets `work` come to its end. */
  run<Result>(work: Promise<Result>, limitMs?: number): Promise<Result> {
    return this.clock.run(work, limitMs);
  }

  advance(durationMs: number): Promise<void> {
    return this.clock.advance(durationMs);
  }

  /** Lets time pass until `condition` holds. */
  async until(condition: () => boolean, limitMs = 120_000): Promise<void> {
    const deadlineMs = this.clock.monotonicMs() + limitMs;
    await this.clock.settle();
    while (!condition()) {
      if (this.clock.monotonicMs() > deadlineMs) throw new Error(`not within ${limitMs} ms`);
      if (!(await this.clock.step())) throw new Error('no timer is left to bring it about');
    }
  }

  /** The row of the one lock, or election, on the stage. */
  row(): OwnershipRow {
    const rows = this.table.snapshot();
    if (rows.length > 1) throw new Error(`expected one row, got ${rows.length}`);
    return parseOwnershipRow(rows[0]);
  }

  /** The labels of those who wait in line. */
  line(): readonly string[] {
    return this.row().queue.map(({ label }) => label);
  }

  #standsInLine(actor: Actor): Promise<void> {
    return this.until(() => this.line().includes(actor.label));
  }
}
