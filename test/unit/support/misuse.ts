import { lockedItems } from '../../../lib/recipes/index.ts';
import { RowItems } from '../../../lib/store/row-items.ts';
import type { Actor } from './actor.ts';
import { ITEM_TABLES, itemKey } from './own-items.ts';
import type { Stage } from './stage.ts';

/** Two processes, and how to let one of their calls come to its end. */
export interface Scene {
  readonly stage: Stage;
  readonly a: Actor;
  readonly b: Actor;
  readonly run: <Result>(work: Promise<Result>) => Promise<Result>;
}

/** What should not be done, after what was done before. */
export interface Misuse {
  readonly title: string;
  /** The code of the error, and a part of its message that says what is wrong. */
  readonly error: readonly [code: string, message: RegExp];
  /** Sets the scene, and returns what should not be done. */
  readonly given: (scene: Scene) => Promise<() => Promise<unknown>>;
}

/** One item of a user's, as a process sees it. */
export function itemOf({ holdfast, network }: Actor) {
  const items = lockedItems(holdfast, { tables: ITEM_TABLES, items: new RowItems(network) });
  return items.item('items', itemKey('it'));
}
