import type { Key } from './value.ts';

/** Kinds of rows that give names and numbers. */
export type NamingKind = 'sequence' | 'slots' | 'ids' | 'names';

export const NAMING_ATTRIBUTE = {
  /** The smallest number of a sequence that nobody has been given. */
  next: 'next',
  /** Present: the sequence has no gaps, and its numbers are taken in transactions only. */
  gapless: 'gapless',
  /** Who was given the last range, and where it begins: `{ id, from }`. */
  lastRange: 'lastRange',
  /** Timestamps below this one are given out; in milliseconds since the layout's epoch. */
  reservedUntil: 'reservedUntil',
  /** Who held the slot last: it is offered to him first. */
  lastLabel: 'lastLabel',
  /** How many bits of an id are its time, its slot and its sequence, and where time begins. */
  layout: 'layout',
} as const;

export const NAME_ATTRIBUTE = {
  /** Who has the name, as its claimant says; absent when nobody does. */
  nameOwner: 'nameOwner',
  /** The name as it was written. */
  display: 'display',
  meta: 'meta',
  /** The id of the request that wrote the row last. */
  change: 'change',
  /** The one that it followed. */
  changeBefore: 'changeBefore',
  claimedAt: 'claimedAt',
  /** Until when, on the table clock, only `heldFor` can claim the name. */
  heldUntil: 'heldUntil',
  heldFor: 'heldFor',
} as const;

/** A row of a partition that belongs to one name. */
export function namingKey(namespace: string, kind: NamingKind, name: string, sk: string): Key {
  return { pk: `${namespace}#${kind}#${name}`, sk };
}
