import type * as api from '../../../lib/recipes/index.ts';
import * as recipes from '../../../lib/recipes/index.ts';
import { RowItems } from '../../../lib/store/row-items.ts';
import type { Item } from '../../../lib/store/value.ts';
import type { Library } from '../../planted/load.ts';
import type { Actor } from './actor.ts';
import { ITEM_TABLES, itemKey } from './own-items.ts';
import { Stage } from './stage.ts';

type Recipes = Pick<Library, 'Holdfast' | 'lockedItems'>;

/** A stage with an item of a user's on it. */
export class Locked {
  readonly stage: Stage;
  readonly #library: Pick<Recipes, 'lockedItems'>;
  readonly #items = new Map<Actor, api.LockedItems>();

  constructor(library?: Recipes) {
    this.stage = new Stage(library);
    this.#library = library ?? recipes;
  }

  item(actor: Actor, name = 'it'): api.LockedItem {
    const items = new RowItems(actor.network);
    const known =
      this.#items.get(actor) ??
      this.#library.lockedItems(actor.holdfast, { tables: ITEM_TABLES, items });
    this.#items.set(actor, known);
    return known.item('items', itemKey(name));
  }

  /** Writes the item as a program does that knows nothing of locks, before the scene begins. */
  async given(content: Item): Promise<void> {
    await this.stage.table.write({ kind: 'put', item: { ...itemKey('it'), ...content } });
    this.stage.ledger.clear();
  }

  async takes(actor: Actor, options?: Parameters<api.LockedItem['tryAcquire']>[0]) {
    const result = await this.stage.run(this.item(actor).tryAcquire(options), 10_000);
    if (!result.acquired) throw new Error(`${actor.label} was not granted what is free`);
    return result.hold;
  }

  /** The item as it is stored. */
  stored(): Item | undefined {
    return this.stage.table.snapshot().find(({ sk }) => sk === 'item');
  }

  /** What is in the item besides its key and what locks add. */
  content(): Item {
    const entries = Object.entries(this.stored() ?? {});
    return Object.fromEntries(
      entries.filter(([name]) => !['pk', 'sk'].includes(name) && !name.startsWith('_lock')),
    );
  }
}
