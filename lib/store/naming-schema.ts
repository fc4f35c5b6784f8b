import type { Key } from './value.ts';

/** Kinds of rows that give names and numbers. */
export type NamingKind = 'sequence' | 'slots' | 'ids' | 'names';

export const NAMING_ATTRIBUTE = {
  /** The smallest number of a sequence that nobody has been given. */
  next: 'next',
  /** Who was given the last range, and where it begins: `{ id, from }`. */
  lastRange: 'lastRange',
  /** Timestamps below this one are given out; in milliseconds since the layout's epoch. */
  reservedUntil: 'reservedUntil',
  /** Who held the slot last: it is offered to him first. */
  lastLabel: 'lastLabel',
  /** How many bits of an id are its time, its slot and its sequence, and where time begins. */
  layout: 'layout',
} as const;

/** A row of a partition that belongs to one name. */
export function namingKey(namespace: string, kind: NamingKind, name: string, sk: string): Key {
  return { pk: `${namespace}#${kind}#${name}`, sk };
}
