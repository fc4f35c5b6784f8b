import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planPoolStep } from '../../../lib/lock/pool-plan.ts';
import { dropHead, joinPool, leavePool } from '../../../lib/lock/pool-queue.ts';
import { type PoolRow, parsePoolRow, poolPlaceOf } from '../../../lib/lock/pool-row.ts';
import {
  changePermits,
  createPool,
  releasePermits,
  resizePool,
  take,
} from '../../../lib/lock/pool-writes.ts';
import { MemoryStore } from '../../../lib/store/memory-store.ts';
import type { UpdateRequest } from '../../../lib/store/store.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';

const KEY = { pk: 'ns#semaphore#it', sk: 'semaphore' };
const IDS = ['a', 'b', 'c', 'd', 'e'];
const TIME = { earliest: 1_000_000, latest: 1_002_000 };

/** What the row should say, kept as a caller would keep it by hand. */
interface Model {
  limit: number;
  readonly held: Map<string, number>;
  queue: { readonly id: string; readonly permits: number }[];
  /** How many acquisitions each has ended: each has an id of its own. */
  readonly ended: Map<string, number>;
}

interface Real {
  readonly store: MemoryStore;
  /** Requests that have been sent before and may arrive again. */
  readonly sent: UpdateRequest[];
}

/** The id of somebody's present acquisition. */
function idOf({ ended }: Readonly<Model>, who: string): string {
  return `${who}${ended.get(who) ?? 0}`;
}

function end({ ended }: Model, who: string): void {
  ended.set(who, (ended.get(who) ?? 0) + 1);
}

function rowOf({ store }: Real): PoolRow {
  return parsePoolRow(store.snapshot()[0]);
}

async function send(real: Real, request: UpdateRequest): Promise<boolean> {
  const { kind } = await real.store.write(request);
  expect(['applied', 'refused']).toContain(kind);
  if (kind === 'applied') real.sent.push(request);
  return kind === 'applied';
}

function free(model: Model): number {
  return model.limit - [...model.held.values()].reduce((sum, permits) => sum + permits, 0);
}

function check(model: Model, real: Real): void {
  const row = rowOf(real);
  expect(row.limit).toBe(model.limit);
  expect(row.free).toBe(free(model));
  expect(row.seats).toBe(64 - model.held.size);
  expect(new Map([...row.holders].map(([id, { permits }]) => [id, permits]))).toEqual(model.held);
  expect(row.queue.map(({ id }) => id)).toEqual(model.queue.map(({ id }) => id));
}

/** One wish of somebody: takes if the plan says so, else joins the line. */
class Want implements fc.AsyncCommand<Model, Real> {
  readonly who: string;
  readonly permits: number;

  constructor(who: string, permits: number) {
    this.who = who;
    this.permits = permits;
  }

  check = (model: Readonly<Model>) =>
    !model.held.has(idOf(model, this.who)) && this.permits <= model.limit;

  async run(model: Model, real: Real): Promise<void> {
    const id = idOf(model, this.who);
    const row = rowOf(real);
    const place = poolPlaceOf(row, id);
    // Whoever waits wants what it has said.
    const permits = row.queue[place]?.permits ?? this.permits;
    const ahead = place < 0 ? model.queue : model.queue.slice(0, place);
    const needed = permits + ahead.reduce((sum, each) => sum + each.permits, 0);
    const step = planPoolStep(
      { id, permits, declared: 4 },
      { row, time: undefined, isSilent: () => false, isHeadIdle: false },
    );
    expect(step.kind === 'take').toBe(free(model) >= needed);
    if (step.kind === 'take') {
      const token = row.token + 1;
      const who = { key: KEY, id, label: id, leaseMs: 5_000, time: TIME, session: undefined };
      const what = { permits, declared: 4, token, seen: row };
      expect(await send(real, take({ ...who, ...what, ...step }))).toBe(true);
      model.held.set(id, permits);
      model.queue = model.queue.filter((each) => each.id !== id);
    } else if (step.kind === 'join') {
      // Twice in line until the next grant, if it arrives again; so it is not among the repeated.
      const request = joinPool(KEY, { id, label: this.who, permits }, row);
      expect(await real.store.write(request)).toMatchObject({ kind: 'applied' });
      model.queue = [...model.queue, { id, permits }];
    }
    check(model, real);
  }

  toString = () => `${this.who} wants ${this.permits}`;
}

class Release implements fc.AsyncCommand<Model, Real> {
  readonly who: string;

  constructor(who: string) {
    this.who = who;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    const id = idOf(model, this.who);
    const permits = model.held.get(id) ?? 1;
    const isHeld = model.held.has(id);
    expect(await send(real, releasePermits(KEY, { id, permits }))).toBe(isHeld);
    if (model.held.delete(id)) end(model, this.who);
    check(model, real);
  }

  toString = () => `${this.who} releases`;
}

class Leave implements fc.AsyncCommand<Model, Real> {
  readonly who: string;
  readonly isDropped: boolean;

  constructor(who: string, isDropped: boolean) {
    this.who = who;
    this.isDropped = isDropped;
  }

  check = (model: Readonly<Model>) => model.queue.some(({ id }) => id === idOf(model, this.who));

  async run(model: Model, real: Real): Promise<void> {
    const row = rowOf(real);
    const [head] = row.queue;
    if (this.isDropped && head !== undefined) {
      const isDropped = await send(real, dropHead(KEY, head));
      expect(isDropped).toBe(row.free >= head.permits);
      if (!isDropped) return;
      model.queue = model.queue.slice(1);
      end(model, head.label);
    } else {
      const id = idOf(model, this.who);
      const place = poolPlaceOf(row, id);
      expect(await send(real, leavePool(KEY, place, id))).toBe(true);
      model.queue = model.queue.filter((each) => each.id !== id);
      end(model, this.who);
    }
    check(model, real);
  }

  toString = () => `${this.who} leaves the line${this.isDropped ? ', or the head is dropped' : ''}`;
}

class Change implements fc.AsyncCommand<Model, Real> {
  readonly who: string;
  readonly to: number;

  constructor(who: string, to: number) {
    this.who = who;
    this.to = to;
  }

  check = (model: Readonly<Model>) => model.held.has(idOf(model, this.who));

  async run(model: Model, real: Real): Promise<void> {
    const row = rowOf(real);
    const id = idOf(model, this.who);
    const entry = row.holders.get(id);
    const from = entry?.permits ?? 0;
    const number = (entry?.renewals ?? 0) + 1;
    const token = this.to > from ? row.token + 1 : undefined;
    const isFit = this.to <= from || (free(model) >= this.to - from && model.queue.length === 0);
    const change = { key: KEY, id, from, to: this.to, number, token };
    expect(await send(real, changePermits(change))).toBe(isFit);
    if (isFit) model.held.set(id, this.to);
    check(model, real);
  }

  toString = () => `${this.who} changes to ${this.to}`;
}

class Resize implements fc.AsyncCommand<Model, Real> {
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    const row = rowOf(real);
    const isFit = this.limit >= model.limit - free(model);
    expect(await send(real, resizePool(KEY, row, this.limit, row.token + 1))).toBe(isFit);
    if (isFit) model.limit = this.limit;
    check(model, real);
  }

  toString = () => `resize to ${this.limit}`;
}

/** A request that was carried out arrives again: it must change nothing. */
class Repeat implements fc.AsyncCommand<Model, Real> {
  readonly which: number;

  constructor(which: number) {
    this.which = which;
  }

  check = () => true;

  async run(model: Model, real: Real): Promise<void> {
    const request = real.sent[this.which % Math.max(1, real.sent.length)];
    if (request === undefined) return;
    expect((await real.store.write(request)).kind).toBe('refused');
    check(model, real);
  }

  toString = () => `request ${this.which} arrives again`;
}

async function begin(): Promise<{ model: Model; real: Real }> {
  const store = new MemoryStore({ clock: new VirtualClock() });
  const real: Real = { store, sent: [] };
  const first = { key: KEY, id: 'first', label: 'first', leaseMs: 5_000, time: TIME };
  const grant = { ...first, session: undefined, permits: 1, declared: 4, token: 1 };
  await send(real, createPool(grant));
  return { model: { limit: 4, held: new Map([['first', 1]]), queue: [], ended: new Map() }, real };
}

describe('the writes of a permit pool', () => {
  test('do what a model says, in any order and however often they arrive', async () => {
    const id = fc.constantFrom(...IDS);
    const commands = [
      fc.tuple(id, fc.integer({ min: 1, max: 4 })).map((wish) => new Want(...wish)),
      id.map((each) => new Release(each)),
      fc.tuple(id, fc.boolean()).map((leaving) => new Leave(...leaving)),
      fc.tuple(id, fc.integer({ min: 1, max: 4 })).map((change) => new Change(...change)),
      fc.integer({ min: 1, max: 6 }).map((limit) => new Resize(limit)),
      fc.nat(200).map((which) => new Repeat(which)),
    ];
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 60 }), (sequence) =>
        fc.asyncModelRun(begin, sequence),
      ),
      { numRuns: 300 },
    );
  });
});
