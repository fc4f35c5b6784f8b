import { InvalidArgumentError } from '../errors.ts';
import type { Attributes } from '../store/attribute.ts';
import { CONFIG_ATTRIBUTE } from '../store/config-schema.ts';
import { GROUP_ATTRIBUTE } from '../store/group-schema.ts';
import { NAME_ATTRIBUTE, NAMING_ATTRIBUTE } from '../store/naming-schema.ts';
import { rowOfAttributes } from '../store/row-attributes.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import { SHARED_ATTRIBUTE } from '../store/shared-schema.ts';
import { isKeyOfTransactions } from '../store/transaction-schema.ts';
import type { PlainItem } from './plain.ts';
import type { RecordHome } from './record.ts';

/**
 * What users may do in transactions with rows of the library's own table: read them, and keep
 * attributes of their own in them. What the library itself keeps there follows rules of its own,
 * which a plain assignment would break.
 */
const OF_THE_LIBRARY: ReadonlySet<string> = new Set(
  [
    ATTRIBUTE,
    SHARED_ATTRIBUTE,
    GROUP_ATTRIBUTE,
    CONFIG_ATTRIBUTE,
    NAMING_ATTRIBUTE,
    NAME_ATTRIBUTE,
  ].flatMap((names) => Object.values(names)),
);

/** @throws InvalidArgumentError for rows of other namespaces, and those of transactions */
export function checkOwnKey({ table, namespace }: RecordHome, key: PlainItem): void {
  const pk = String(key?.pk);
  if (pk.startsWith(`${namespace}#`) && !isKeyOfTransactions(namespace, pk)) return;
  const expected = `a row of '${table}' in namespace '${namespace}', none of transactions`;
  throw new InvalidArgumentError('key.pk', expected, key?.pk);
}

/** @throws InvalidArgumentError */
export function checkAmendment(names: readonly string[], set: Attributes): void {
  const taken = names.find((name) => OF_THE_LIBRARY.has(name));
  if (taken !== undefined) {
    throw new InvalidArgumentError('changes', 'names that the library does not use itself', taken);
  }
  try {
    rowOfAttributes(set);
  } catch (cause) {
    throw new InvalidArgumentError('changes', 'text, exact numbers, lists and maps', cause);
  }
}
