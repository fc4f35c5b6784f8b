import { type Attributes, attributesBytes } from './attribute.ts';
import { applyUpdate, evaluateCondition } from './evaluate.ts';
import { ITEM_BYTES_MAX } from './item-size.ts';
import type { RowCheck, RowUpdate } from './item-transaction.ts';
import type { MemoryStore } from './memory-store.ts';
import { attributesOfRow } from './row-attributes.ts';
import type { StoreFailure } from './store.ts';
import { invalidRequest } from './store-failure.ts';

/** Parts of native transactions that are rows of the library's own table, in memory. */
export type RowPart = RowCheck | RowUpdate;

export function isRowPart(part: { readonly kind: string }): part is RowPart {
  return part.kind === 'row-check' || part.kind === 'row-update';
}

/** What stands in the way of a part, judged by itself. */
export function judgeRow(
  rows: MemoryStore | undefined,
  part: RowPart,
): StoreFailure | 'refused' | undefined {
  if (rows === undefined) return invalidRequest('a hold needs the option `rows`');
  const { condition } = part;
  if (condition !== undefined && !evaluateCondition(condition, rows.peek(part.key))) {
    return 'refused';
  }
  if (part.kind === 'row-check') return undefined;
  const outcome = applyUpdate(part.actions, rows.peek(part.key), part.key);
  if (outcome.kind === 'invalid') return invalidRequest(outcome.message);
  if (attributesBytes(attributesOfRow(outcome.item)) <= ITEM_BYTES_MAX) return undefined;
  return invalidRequest('Item size has exceeded the maximum');
}

/** The row as the part leaves it; `undefined`: as it is. */
export function rowAfter(rows: MemoryStore | undefined, part: RowPart): Attributes | undefined {
  if (part.kind === 'row-check') return undefined;
  const outcome = applyUpdate(part.actions, rows?.peek(part.key), part.key);
  return outcome.kind === 'invalid' ? undefined : attributesOfRow(outcome.item);
}
