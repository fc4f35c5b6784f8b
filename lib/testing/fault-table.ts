import type { Clock } from '../core/clock.ts';
import { compare } from '../store/condition.ts';
import { pageOf } from '../store/query.ts';
import { TTL_ATTRIBUTE } from '../store/schema.ts';
import type {
  Answer,
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  WriteRequest,
  WriteResult,
} from '../store/store.ts';
import type { Item, Key } from '../store/value.ts';
import type { FaultName, FaultPlan } from './fault-plan.ts';
import type { RowHistory } from './row-history.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface FaultTableParts {
  readonly inner: Store;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly history: RowHistory;
  /** The table's own time, epoch milliseconds. */
  readonly tableMs: () => number;
  readonly frontEndSkewMs: number;
  readonly count: (name: FaultName) => void;
}

/** The far end of a `FaultStore`: lagging replicas, garbage collection, the front ends' clocks. */
export class FaultTable {
  readonly #parts: FaultTableParts;

  constructor(parts: FaultTableParts) {
    this.#parts = parts;
  }

  async read(
    request: GetRequest,
    plan: FaultPlan,
    staleMs: number | undefined,
  ): Promise<GetResult> {
    await this.#collectGarbage(plan);
    const { inner, history, clock } = this.#parts;
    const lags = staleMs !== undefined && !request.consistent;
    const image = lags ? history.at(request.key, clock.monotonicMs() - staleMs) : undefined;
    if (image === undefined) return this.#dated(await inner.get(request), plan);
    const result = { ...shown(image.item), dateMs: this.#parts.tableMs() };
    return this.#dated(result, plan);
  }

  async query(
    request: QueryRequest,
    plan: FaultPlan,
    staleMs: number | undefined,
  ): Promise<QueryResult> {
    await this.#collectGarbage(plan);
    const { inner, history, clock } = this.#parts;
    if (staleMs === undefined || request.consistent) {
      return this.#dated(await inner.query(request), plan);
    }
    const past = history.partitionAt(request.pk, clock.monotonicMs() - staleMs);
    const { items, next } = pageOf(past, request);
    const dateMs = this.#parts.tableMs();
    return this.#dated<QueryResult>({ kind: 'page', items, next, dateMs }, plan);
  }

  async write(request: WriteRequest, plan: FaultPlan): Promise<WriteResult> {
    await this.#collectGarbage(plan);
    const result = await this.#parts.inner.write(request);
    const key = request.kind === 'put' ? request.item : request.key;
    if (result.kind === 'applied') this.#remember(key, result.item);
    return this.#dated(result, plan);
  }

  /** As the table's own collector does it: only rows that are expired at that very moment. */
  async #collectGarbage(plan: FaultPlan): Promise<void> {
    if (!plan.wants('ttl-deletion')) return;
    const { inner, history, random, tableMs, count } = this.#parts;
    const nowSeconds = Math.floor(tableMs() / 1_000);
    const expired = history.expired(nowSeconds);
    if (expired.length === 0) return;
    const key = random.pick(expired);
    const condition = compare(TTL_ATTRIBUTE, '<', nowSeconds);
    const result = await inner.write({ kind: 'delete', key, condition });
    if (result.kind !== 'applied') return;
    this.#remember(key, undefined);
    count('ttl-deletion');
  }

  #remember(key: Key, item: Item | undefined): void {
    this.#parts.history.record(key, item, this.#parts.clock.monotonicMs());
  }

  /** Stamps the answer as the front end that gives it would: cut to seconds, by its own clock. */
  #dated<Result extends Answer>(result: Result, plan: FaultPlan): Result {
    if (result.dateMs === undefined) return result;
    if (plan.hits('date-missing')) return { ...result, dateMs: undefined };
    const { frontEndSkewMs: off, random, tableMs } = this.#parts;
    const skewMs = plan.hits('date-skewed')
      ? random.pick([-off, off, random.between(-off, off)])
      : 0;
    return { ...result, dateMs: Math.floor((tableMs() + skewMs) / 1_000) * 1_000 };
  }
}

function shown(item: Item | undefined): GetResult {
  return item === undefined ? { kind: 'missing' } : { kind: 'found', item };
}
