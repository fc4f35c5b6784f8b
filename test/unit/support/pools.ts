import { type PoolRow, parsePoolRow } from '../../../lib/lock/pool-row.ts';
import type { PermitsHold, Semaphore, WaitingPermitOptions } from '../../../lib/recipes/index.ts';
import * as recipes from '../../../lib/recipes/index.ts';
import type { Item } from '../../../lib/store/value.ts';
import type { Library } from '../../planted/load.ts';
import type { Actor } from './actor.ts';
import { Stage } from './stage.ts';

type Recipes = Pick<Library, 'Holdfast' | 'semaphore'>;

/** A call under way, and what came of it. */
export class Call<Result> {
  result: Result | undefined;
  error: unknown;

  constructor(work: Promise<Result>) {
    work.then(
      (result) => {
        this.result = result;
      },
      (error: unknown) => {
        this.error = error;
      },
    );
  }

  get isOver(): boolean {
    return this.result !== undefined || this.error !== undefined;
  }
}

/** A stage with one semaphore on it. */
export class Pools {
  readonly stage: Stage;
  readonly #library: Pick<Recipes, 'semaphore'>;

  constructor(library?: Recipes) {
    this.stage = new Stage(library);
    this.#library = library ?? recipes;
  }

  semaphore(actor: Actor, permits = 2): Semaphore {
    return this.#library.semaphore(actor.holdfast, 'it', { permits });
  }

  /** One try, which must come to its end. */
  async tries(actor: Actor, permits = 1, of = 2): Promise<PermitsHold | undefined> {
    const attempt = this.semaphore(actor, of).tryAcquire({ permits });
    const result = await this.stage.run(attempt, 10_000);
    return result.acquired ? result.hold : undefined;
  }

  /** Takes permits, which must be free. */
  async takes(actor: Actor, permits = 1, of = 2): Promise<PermitsHold> {
    const hold = await this.tries(actor, permits, of);
    if (hold === undefined) throw new Error(`${actor.label} was not granted what is free`);
    return hold;
  }

  /** Starts to wait, and comes back when the process stands in line. */
  async joins(actor: Actor, options: WaitingPermitOptions = {}, of = 2) {
    const places = this.row().queue.length;
    const call = new Call(this.semaphore(actor, of).acquire(options));
    await this.stage.until(() => this.row().queue.length > places || call.isOver);
    return call;
  }

  /** What a call comes to within a time, if anything. */
  async within<Result>(call: Call<Result>, limitMs: number): Promise<Result | undefined> {
    const deadlineMs = this.stage.clock.monotonicMs() + limitMs;
    while (!call.isOver && this.stage.clock.monotonicMs() < deadlineMs) {
      await this.stage.advance(10);
    }
    return call.result;
  }

  /** The pool's row as it is stored; there may be rows of sessions beside it. */
  item(): Item | undefined {
    return this.stage.table.snapshot().find(({ sk }) => sk !== 'session');
  }

  /** The semaphore's row. Free and held permits must add up at every moment. */
  row(): PoolRow {
    return parsePoolRow(this.item());
  }

  isConsistent(): boolean {
    if (Number(this.item()?.free) < 0) return false;
    const row = this.row();
    const held = [...row.holders.values()].reduce((sum, { permits }) => sum + permits, 0);
    return row.free + held === row.limit && row.seats + row.holders.size === 64;
  }
}
