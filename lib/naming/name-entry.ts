import type { Value } from '../store/value.ts';
import type { NameRow } from './name-row.ts';

/** A name that somebody has. Times are epoch milliseconds on the table's clock. */
export interface NamedEntry {
  /** The name as it was written. */
  readonly name: string;
  /** The form in which it is compared: two names of one form are one name. */
  readonly form: string;
  readonly owner: string;
  readonly meta: Value | undefined;
  readonly claimedAt: number | undefined;
  /** Until when the name is its owner's unless he claims it again; `undefined`: without limit. */
  readonly expiresAt: number | undefined;
  /** The session that it lives and dies with, if it does. */
  readonly session: string | undefined;
}

/** What has become of a name since the last look. */
export interface NameChange {
  readonly kind: 'claimed' | 'changed' | 'gone';
  readonly entry: NamedEntry;
}

/** What has changed between two looks at all names. */
export function* differences(
  known: ReadonlyMap<string, NamedEntry>,
  present: ReadonlyMap<string, NamedEntry>,
): Generator<NameChange> {
  for (const [form, entry] of known) if (!present.has(form)) yield { kind: 'gone', entry };
  for (const [form, entry] of present) {
    const before = known.get(form);
    if (before === undefined) yield { kind: 'claimed', entry };
    else if (JSON.stringify(before) !== JSON.stringify(entry)) yield { kind: 'changed', entry };
  }
}

export function entryOf(form: string, row: NameRow): NamedEntry {
  const { owner = '', display = form, meta, claimedAt, expiresAt, session } = row;
  return { name: display, form, owner, meta, claimedAt, expiresAt, session };
}
