import { InvalidArgumentError } from '../errors.ts';
import type { Attribute, Attributes } from '../store/attribute.ts';
import { PARTITION_KEY, SORT_KEY } from '../store/schema.ts';
import { RESERVED_PREFIX } from '../store/transaction-schema.ts';
import { HOLD_ATTRIBUTES } from './hold-attributes.ts';
import type { Place } from './operation.ts';
import { checkAmendment, checkOwnKey } from './own-rows.ts';
import { attributesOfPlain, type PlainItem, type PlainValue } from './plain.ts';
import type { RecordHome } from './record.ts';

/** The key of a table: names of its partition key and, if it has one, its sort key. */
export type KeyNames = readonly [partition: string] | readonly [partition: string, sort: string];

const OWN_KEY: KeyNames = [PARTITION_KEY, SORT_KEY];
const PARTITION_BYTES_MAX = 2_048;
const SORT_BYTES_MAX = 1_024;

/** The tables of the user, by name, and the library's own; and what may be written to them. */
export class Tables {
  readonly #keys: ReadonlyMap<string, KeyNames>;
  readonly home: RecordHome;

  /** @throws InvalidArgumentError */
  constructor(tables: Readonly<Record<string, KeyNames>>, home: RecordHome) {
    this.home = home;
    if (typeof tables !== 'object' || tables === null) {
      throw new InvalidArgumentError('tables', 'the key of each table, by its name', tables);
    }
    for (const [table, key] of Object.entries(tables)) {
      if (table === home.table) {
        const expected = `other tables than '${table}', the library's own, which is known`;
        throw new InvalidArgumentError('tables', expected, table);
      }
      const isKey = Array.isArray(key) && (key.length === 1 || key.length === 2);
      if (isKey && key.every((name) => typeof name === 'string' && name !== '')) continue;
      throw new InvalidArgumentError(
        `tables.${table}`,
        "[partition key] or with ', sort key'",
        key,
      );
    }
    this.#keys = new Map(Object.entries(tables));
  }

  /** Whether it is the library's own, whose rows can be read and amended and nothing else. */
  isOwn(table: string): boolean {
    return table === this.home.table;
  }

  /** @throws InvalidArgumentError for a table that was not declared */
  keyNames(table: string): KeyNames {
    if (this.isOwn(table)) return OWN_KEY;
    const key = this.#keys.get(table);
    if (key !== undefined) return key;
    const known = [...this.#keys.keys()].join(', ');
    throw new InvalidArgumentError('table', `one that was declared: ${known}`, table);
  }

  /** The place of a key that has the table's key attributes and no others. */
  place(table: string, key: PlainItem): Place {
    const names: readonly string[] = this.keyNames(table);
    const surplus = Object.keys(key ?? {}).find((name) => !names.includes(name));
    if (surplus !== undefined) {
      throw new InvalidArgumentError('key', `${names.join(' and ')} alone`, surplus);
    }
    return this.#placeOf(table, key);
  }

  /** An item that is to be written, and where. */
  item(table: string, item: PlainItem): { readonly place: Place; readonly image: Attributes } {
    const place = this.#placeOf(table, item);
    checkNames(Object.keys(item));
    // The key as the place has it, so that one key has one text only.
    return { place, image: { ...attributesOfPlain(item), ...place.key } };
  }

  /** Changes that are to be made of an item, none of them of its key. */
  changes(table: string, set: PlainItem, remove: readonly string[]): Attributes {
    const names = [...Object.keys(set), ...remove];
    checkNames(names);
    const keyNames: readonly string[] = this.keyNames(table);
    const key = names.find((name) => keyNames.includes(name));
    if (key !== undefined) throw new InvalidArgumentError('changes', 'no key attribute', key);
    const both = remove.find((name) => Object.hasOwn(set, name));
    if (both !== undefined) throw new InvalidArgumentError('changes', 'each name once', both);
    const attributes = attributesOfPlain(set);
    if (this.isOwn(table)) checkAmendment(names, attributes);
    return attributes;
  }

  /** That whole items of the table may come and go. @throws InvalidArgumentError */
  checkWhole(table: string): void {
    if (!this.isOwn(table)) return;
    const expected = `a table of yours: rows of '${table}' can be read and updated`;
    throw new InvalidArgumentError('table', expected, table);
  }

  #placeOf(table: string, item: PlainItem): Place {
    const key = this.keyNames(table).map((name, index) => {
      const bytesMax = index === 0 ? PARTITION_BYTES_MAX : SORT_BYTES_MAX;
      return [name, keyAttribute(name, item?.[name], bytesMax)] as const;
    });
    if (this.isOwn(table)) checkOwnKey(this.home, item);
    return { table, key: Object.fromEntries(key) };
  }
}

/** @throws InvalidArgumentError */
export function keyAttribute(
  name: string,
  value: PlainValue | undefined,
  bytesMax: number,
): Attribute {
  if (typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= bytesMax) {
    return { S: value };
  }
  // Numbers that have one text only: keys are told apart by it.
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) {
    return { N: value.toString() };
  }
  if (value instanceof Uint8Array && value.length > 0 && value.length <= bytesMax) {
    return { B: value };
  }
  const expected = `text or bytes, 1 to ${bytesMax} bytes, or a whole number`;
  throw new InvalidArgumentError(`key.${name}`, expected, value);
}

function checkNames(names: readonly string[]): void {
  const held = names.find((name) => HOLD_ATTRIBUTES.includes(name));
  if (held !== undefined) throw new InvalidArgumentError('item', 'nothing of its lock', held);
  const reserved = names.find((name) => name.startsWith(RESERVED_PREFIX));
  if (reserved === undefined) return;
  throw new InvalidArgumentError(
    'item',
    `names that do not begin with ${RESERVED_PREFIX}`,
    reserved,
  );
}
