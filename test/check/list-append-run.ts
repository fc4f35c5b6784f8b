import {
  append,
  type ListAppend,
  type ListOperation,
  type ListTransaction,
  read,
} from './list-append.ts';
import type { Seeded } from './seeded.ts';

/** What the database under test promises: the first is right, each other one has its anomalies. */
export type Isolation =
  /** Every transaction at one instant. */
  | 'serializable'
  /** The same, but transactions that only read are shown an older state. */
  | 'stale-reads'
  /** Reads as of the beginning; of two that append to one list, the first to commit wins. */
  | 'snapshot'
  /** Every read shows what is committed just then. */
  | 'read-committed'
  /** Appends show at once, and stay even when aborted. */
  | 'dirty';

export interface ListAppendRun {
  readonly random: Seeded;
  readonly isolation: Isolation;
  readonly clients: number;
  readonly transactions: number;
  /** Whether transactions read keys that they have used before. */
  readonly rereads: boolean;
  readonly abortRate?: number;
}

type Step = ListAppend | { readonly kind: 'read'; readonly key: string };
type Lists = ReadonlyMap<string, readonly number[]>;

interface Active {
  readonly id: string;
  readonly calledAt: number;
  readonly snapshot: Lists;
  readonly plan: readonly Step[];
  readonly done: ListOperation[];
}

const KEYS = ['x', 'y', 'z'];
const LOSS_RATE = 0.03;

/** Clients that run random transactions, step by step, over a database of the given isolation. */
export function runListAppend(run: ListAppendRun): readonly ListTransaction[] {
  const database = new ListDatabase(run);
  const clients: (Active | undefined)[] = Array.from({ length: run.clients });
  while (database.begun < run.transactions || clients.some((client) => client !== undefined)) {
    const index = run.random.below(clients.length);
    const active = clients[index];
    if (active !== undefined) clients[index] = database.step(active);
    else if (database.begun < run.transactions) clients[index] = database.begin();
  }
  return database.history;
}

class ListDatabase {
  readonly history: ListTransaction[] = [];
  begun = 0;
  readonly #run: ListAppendRun;
  /** Every state that ever was; the last is the present one. */
  readonly #states: Lists[] = [new Map()];
  #now = 0;
  #appended = 0;

  constructor(run: ListAppendRun) {
    this.#run = run;
  }

  begin(): Active {
    const { random, rereads } = this.#run;
    this.begun += 1;
    this.#now += 1;
    const steps = Array.from({ length: 1 + random.below(4) }, (): Step => {
      const key = random.pick(KEYS);
      if (random.chance(0.5)) return { kind: 'read', key };
      this.#appended += 1;
      return append(key, this.#appended);
    });
    const plan = rereads ? steps : steps.filter(isFirstUse);
    const state = { calledAt: this.#now, snapshot: this.#present };
    return { id: `T${this.begun}`, ...state, plan, done: [] };
  }

  /** Does the next step of the transaction; `undefined` when that was its end. */
  step(active: Active): Active | undefined {
    const { isolation } = this.#run;
    this.#now += 1;
    if (isolation === 'serializable' || isolation === 'stale-reads') {
      const shown = this.#snapshotFor(active.plan);
      for (const step of active.plan) this.#perform(active, step, shown);
      return this.#end(active);
    }
    const next = active.plan[active.done.length];
    if (next === undefined) return this.#end(active);
    this.#perform(active, next, isolation === 'snapshot' ? active.snapshot : this.#present);
    if (isolation === 'dirty' && next.kind === 'append') this.#apply([next]);
    return active;
  }

  get #present(): Lists {
    return this.#states.at(-1) ?? new Map();
  }

  #snapshotFor(plan: readonly Step[]): Lists {
    const { isolation, random } = this.#run;
    const onlyReads = plan.every(({ kind }) => kind === 'read');
    if (isolation !== 'stale-reads' || !onlyReads) return this.#present;
    return this.#states.at(-1 - random.below(8)) ?? this.#present;
  }

  #perform(active: Active, step: Step, shown: Lists): void {
    if (step.kind === 'append') {
      active.done.push(step);
      return;
    }
    const own = this.#run.isolation === 'dirty' ? [] : appendsTo(step.key, active.done);
    active.done.push(read(step.key, ...(shown.get(step.key) ?? []), ...own));
  }

  #end(active: Active): undefined {
    const { random, isolation, abortRate = 0.05 } = this.#run;
    const { id, calledAt, done } = active;
    const appends = done.filter((operation) => operation.kind === 'append');
    const conflicts =
      isolation === 'snapshot' &&
      appends.some(({ key }) => active.snapshot.get(key) !== this.#present.get(key));
    const aborts = conflicts || random.chance(abortRate);
    if (!aborts && isolation !== 'dirty') this.#apply(appends);
    this.#now += 1;
    const transaction = { id, operations: done, calledAt };
    this.history.push(
      random.chance(LOSS_RATE)
        ? { ...transaction, outcome: 'unknown', returnedAt: Infinity }
        : { ...transaction, outcome: aborts ? 'aborted' : 'committed', returnedAt: this.#now },
    );
    return undefined;
  }

  #apply(appends: readonly ListAppend[]): void {
    if (appends.length === 0) return;
    const next = new Map(this.#present);
    for (const { key, value } of appends) next.set(key, [...(next.get(key) ?? []), value]);
    this.#states.push(next);
  }
}

function isFirstUse(step: Step, index: number, steps: readonly Step[]): boolean {
  if (step.kind === 'append') return true;
  return steps.findIndex(({ key }) => key === step.key) === index;
}

function appendsTo(key: string, operations: readonly ListOperation[]): readonly number[] {
  return operations.flatMap((operation) =>
    operation.kind === 'append' && operation.key === key ? [operation.value] : [],
  );
}
