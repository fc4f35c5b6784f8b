import { type BarrierRow, parseBarrierRow } from '../../../lib/lock/barrier-row.ts';
import * as recipes from '../../../lib/recipes/index.ts';
import type { Library } from '../../planted/load.ts';
import type { Actor } from './actor.ts';
import { Call } from './pools.ts';
import { Stage } from './stage.ts';

type Recipes = Pick<Library, 'Holdfast' | 'barrier' | 'doubleBarrier'>;

/** A stage with one barrier on it. */
export class Meetings extends Stage {
  readonly #recipes: Pick<Recipes, 'barrier' | 'doubleBarrier'>;

  constructor(library?: Recipes) {
    super(library);
    this.#recipes = library ?? recipes;
  }

  barrier(actor: Actor, parties = 2) {
    return this.#recipes.barrier(actor.holdfast, 'it', { parties });
  }

  doubleBarrier(actor: Actor, parties = 2) {
    return this.#recipes.doubleBarrier(actor.holdfast, 'it', { parties });
  }

  /** Lets the process come under its own name, and comes back when it waits or has met. */
  async comes(actor: Actor, parties = 2, timeoutMs?: number): Promise<Call<number>> {
    const id = actor.label;
    const call = new Call(this.barrier(actor, parties).arrive({ id, timeoutMs }));
    await this.until(() => call.isOver || this.meeting().parties.get(id)?.waits === true);
    // Its answer is still under way.
    await this.advance(20);
    return call;
  }

  /** Starts to enter or leave a double barrier. */
  async does(actor: Actor, what: 'enter' | 'leave', timeoutMs?: number): Promise<Call<string>> {
    const barrier = this.doubleBarrier(actor);
    const call = new Call(barrier[what]({ id: actor.label, timeoutMs }).then(() => what));
    await this.advance(100);
    return call;
  }

  meeting(): BarrierRow {
    return parseBarrierRow(this.table.snapshot()[0]);
  }
}
