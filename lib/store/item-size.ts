import type { Item, Value } from './value.ts';

/** The service refuses larger rows. */
export const ITEM_BYTES_MAX = 400 * 1_024;

/**
 * The size of a row by DynamoDB's published rules (names and strings in UTF-8, numbers about half
 * a byte a digit, 3 bytes for a list or map and 1 more for each member). The service rounds in
 * ways it does not publish: good for counting units, not for standing close to the limit.
 */
export function itemBytes(item: Item | undefined): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item ?? {})) {
    bytes += Buffer.byteLength(name) + valueBytes(value);
  }
  return bytes;
}

/** Write units: 1 for each started KB of the larger image. Even a refused write costs one. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  return Math.max(1, Math.ceil(Math.max(itemBytes(before), itemBytes(after)) / 1_024));
}

/** Read units: 1 for each started 4 KB when consistent, half of that when not. */
export function readUnits(item: Item | undefined, consistent: boolean): number {
  return readUnitsOf(itemBytes(item), consistent);
}

/** The same for a page of rows, which is charged by its size as a whole. */
export function readUnitsOf(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4_096)) * (consistent ? 1 : 0.5);
}

function valueBytes(value: Value): number {
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return numberBytes(value);
  let bytes = 3;
  for (const [name, member] of Object.entries(value)) {
    bytes += 1 + valueBytes(member) + (Array.isArray(value) ? 0 : Buffer.byteLength(name));
  }
  return bytes;
}

function numberBytes(value: number): number {
  const digits = String(Math.abs(value)).replace(/e.*$/, '').replace('.', '').length;
  return Math.ceil(digits / 2) + (value < 0 ? 2 : 1);
}
