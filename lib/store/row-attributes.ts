import type { Attribute, Attributes } from './attribute.ts';
import type { Item, Value } from './value.ts';

/**
 * Rows of the library's own table in DynamoDB's notation and back, for transactions: they know
 * items in no other. Both ways nothing is lost, or the value is refused.
 */

export function attributesOfRow(item: Item): Attributes {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, attributeOfValue(value)]),
  );
}

function attributeOfValue(value: Value): Attribute {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: `${value}` };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(attributeOfValue) };
  return { M: attributesOfRow(value as Item) };
}

/** @throws TypeError for what a row of the library's has no place for: sets, bytes, long numbers */
export function rowOfAttributes(attributes: Attributes): Item {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [
      name,
      valueOfAttribute(name, attribute),
    ]),
  );
}

function valueOfAttribute(name: string, attribute: Attribute): Value {
  if ('S' in attribute) return attribute.S;
  if ('BOOL' in attribute) return attribute.BOOL;
  if ('NULL' in attribute) return null;
  if ('L' in attribute) return attribute.L.map((member) => valueOfAttribute(name, member));
  if ('M' in attribute) return rowOfAttributes(attribute.M);
  const number = 'N' in attribute ? Number(attribute.N) : Number.NaN;
  const isInexact = Number.isInteger(number) && !Number.isSafeInteger(number);
  if (Number.isFinite(number) && !isInexact) return number;
  throw new TypeError(`${name}: a row of the library's holds no sets, bytes or inexact numbers`);
}
