import { config } from '../../lib/config/index.ts';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/holdfast.ts';
import { names, slots } from '../../lib/naming/index.ts';
import { adopt, exportHold, lockedItems, locks, semaphore } from '../../lib/recipes/index.ts';
import { transactions } from '../../lib/transaction/index.ts';
import type { Library } from '../planted/load.ts';

const LIBRARY = {
  Holdfast,
  adopt,
  config,
  exportHold,
  group,
  lockedItems,
  locks,
  names,
  semaphore,
  slots,
  transactions,
};

/** What scenarios use of the library: a bug planted in it shows whether exploring finds that. */
export type ExploredLibrary = Pick<Library, keyof typeof LIBRARY>;

export const AS_IT_IS: ExploredLibrary = LIBRARY;
