import { type OwnershipRow, parseOwnershipRow } from '../../../lib/lease/row.ts';
import type * as api from '../../../lib/recipes/index.ts';
import * as recipes from '../../../lib/recipes/index.ts';
import { MemoryItemStore } from '../../../lib/store/memory-item-store.ts';
import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { Library } from '../../planted/load.ts';
import { ItemNetwork } from '../../sim/transactions/item-network.ts';
import type { Actor } from './actor.ts';
import { Stage } from './stage.ts';

type Recipes = Pick<Library, 'Holdfast' | 'locks'>;

/** A stage on a table that has native transactions, with several locks on it. */
export class Several {
  readonly stage: Stage;
  readonly items: MemoryItemStore;
  readonly #library: Pick<Recipes, 'locks'>;
  readonly #networks = new Map<Actor, ItemNetwork>();

  constructor(
    library?: Recipes,
    { lacksTransactions = false }: { readonly lacksTransactions?: boolean } = {},
  ) {
    this.stage = new Stage(library);
    this.#library = library ?? recipes;
    const { table, clock, ledger } = this.stage;
    this.items = new MemoryItemStore({
      rows: table,
      lacksTransactions,
      onRequest: (request) => ledger.charge(request),
      dateMs: () => (this.stage.dated ? Math.floor(clock.wallMs() / 1_000) * 1_000 : undefined),
    });
  }

  /** An actor's way to native transactions, with everything that can befall them. */
  network(actor: Actor): ItemNetwork {
    const known = this.#networks.get(actor);
    if (known !== undefined) return known;
    const { label, clock } = actor;
    const network = new ItemNetwork({
      table: this.stage.ledger.watchItems(label, this.items),
      trueClock: this.stage.clock,
      clock,
      random: new SeededRandom(`${label}'s network`),
      rates: {},
      onCrash: () => actor.die(),
      count: () => undefined,
    });
    this.#networks.set(actor, network);
    return network;
  }

  locks(actor: Actor, names: readonly string[]): api.LockSet {
    return this.#library.locks(actor.holdfast, names, { items: this.network(actor) });
  }

  /** One try for all, which must come to its end. */
  async tries(
    actor: Actor,
    names: readonly string[],
    options?: Parameters<api.LockSet['tryAcquire']>[0],
  ) {
    const result = await this.stage.run(this.locks(actor, names).tryAcquire(options), 60_000);
    return result.acquired ? result.hold : undefined;
  }

  row(name: string): OwnershipRow {
    return parseOwnershipRow(this.stage.table.peek({ pk: `default#lock#${name}`, sk: 'lock' }));
  }

  /** The labels of those who hold the locks. */
  owners(names: readonly string[]): readonly (string | undefined)[] {
    return names.map((name) => this.row(name).owner?.label);
  }
}
