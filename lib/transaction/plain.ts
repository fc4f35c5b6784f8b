import { InvalidArgumentError } from '../errors.ts';
import type { Attribute, Attributes } from '../store/attribute.ts';

/**
 * What attributes look like to JavaScript. Nothing is lost either way: whole numbers beyond 2^53
 * are bigints, and decimals that no number is equal to are {@link ExactNumber}s.
 */
export type PlainValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | ExactNumber
  | ReadonlySet<string>
  | ReadonlySet<number | bigint | ExactNumber>
  | ReadonlySet<Uint8Array>
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

/** An item, or a key: attributes by name. */
export type PlainItem = Readonly<Record<string, PlainValue>>;

/** A number of DynamoDB's that JavaScript has no number for, such as one of 38 digits. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

const DEPTH_MAX = 32;

/** @throws InvalidArgumentError for what DynamoDB has no attribute for */
export function attributesOfPlain(item: PlainItem): Attributes {
  return mapOf(item, 'item', 0);
}

function mapOf(map: object, where: string, depth: number): Attributes {
  const entries = Object.entries(map).map(([name, value]) => {
    if (name === '') throw new InvalidArgumentError(where, 'names that are not empty', name);
    return [name, attributeOf(value, `${where}.${name}`, depth + 1)] as const;
  });
  return Object.fromEntries(entries);
}

function attributeOf(value: unknown, where: string, depth: number): Attribute {
  if (depth > DEPTH_MAX) throw new InvalidArgumentError(where, `at most ${DEPTH_MAX} levels`, '');
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (isNumeric(value)) return { N: numberText(value, where) };
  if (value instanceof Uint8Array) return { B: value };
  if (Array.isArray(value)) {
    return { L: value.map((member, at) => attributeOf(member, `${where}[${at}]`, depth + 1)) };
  }
  if (value instanceof Set) return setOf([...value], where);
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  if (prototype === Object.prototype || prototype === null) {
    return { M: mapOf(value as object, where, depth) };
  }
  throw new InvalidArgumentError(where, 'a value that DynamoDB can store', value);
}

function setOf(members: readonly unknown[], where: string): Attribute {
  if (members.length === 0) throw new InvalidArgumentError(where, 'a set with members', members);
  if (members.every((member) => typeof member === 'string')) return { SS: members };
  if (members.every((member) => member instanceof Uint8Array)) return { BS: members };
  if (members.every(isNumeric)) return { NS: members.map((member) => numberText(member, where)) };
  throw new InvalidArgumentError(where, 'a set of one kind: text, numbers or bytes', members);
}

function isNumeric(value: unknown): value is number | bigint | ExactNumber {
  const type = typeof value;
  return type === 'number' || type === 'bigint' || value instanceof ExactNumber;
}

function numberText(value: number | bigint | ExactNumber, where: string): string {
  const isInexact =
    typeof value === 'number' &&
    !(Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)));
  if (isInexact) throw new InvalidArgumentError(where, 'a number that is exact', value);
  return value.toString();
}

export function plainOf(attributes: Attributes): PlainItem {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, plainValue(attribute)]),
  );
}

function plainValue(attribute: Attribute): PlainValue {
  if ('S' in attribute) return attribute.S;
  if ('N' in attribute) return plainNumber(attribute.N);
  if ('B' in attribute) return attribute.B;
  if ('BOOL' in attribute) return attribute.BOOL;
  if ('NULL' in attribute) return null;
  if ('SS' in attribute) return new Set(attribute.SS);
  if ('NS' in attribute) return new Set(attribute.NS.map(plainNumber));
  if ('BS' in attribute) return new Set(attribute.BS);
  if ('L' in attribute) return attribute.L.map(plainValue);
  return plainOf(attribute.M);
}

/** Digits that a number of JavaScript's keeps, whatever they are. */
const DIGITS_EXACT = 15;

function plainNumber(text: string): number | bigint | ExactNumber {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-+.]/g, '')
    .replace(/^0+/, '');
  return digits.length <= DIGITS_EXACT ? number : new ExactNumber(text);
}
