import type { Condition } from './condition.ts';
import { isList, isMap } from './document.ts';
import type { WriteRequest } from './store.ts';
import type { UpdateAction } from './update.ts';
import type { Key, Path, Value } from './value.ts';

/**
 * What is wrong with a request before it is sent, in words; undefined when nothing is. Asked for by
 * every store, because most of these faults would not come back as errors of the service: rows
 * would silently lack something, or an emulator would accept what DynamoDB refuses.
 */
export function faultOfWrite(request: WriteRequest): string | undefined {
  const key = request.kind === 'put' ? request.item : request.key;
  return (
    faultOfKey(key) ??
    (request.kind === 'put' ? faultOfValue(request.item, 'item', 0) : undefined) ??
    (request.kind === 'update' ? firstFault(request.actions, faultOfAction) : undefined) ??
    (request.condition && faultOfCondition(request.condition))
  );
}

const PARTITION_KEY_BYTES_MAX = 2_048;
const SORT_KEY_BYTES_MAX = 1_024;
const DEPTH_MAX = 32;

export function faultOfKey({ pk, sk }: Key): string | undefined {
  return (
    faultOfKeyPart('pk', pk, PARTITION_KEY_BYTES_MAX) ??
    faultOfKeyPart('sk', sk, SORT_KEY_BYTES_MAX)
  );
}

function faultOfKeyPart(name: string, value: unknown, bytesMax: number): string | undefined {
  if (typeof value !== 'string' || value === '') return `${name}: expected a non-empty string`;
  const bytes = Buffer.byteLength(value);
  return bytes > bytesMax ? `${name}: at most ${bytesMax} bytes, got ${bytes}` : undefined;
}

function faultOfAction(action: UpdateAction): string | undefined {
  const where = action.path.join('.');
  const fault = faultOfPath(action.path);
  if (fault !== undefined) return fault;
  switch (action.kind) {
    case 'set':
      return faultOfValue(action.value, where, action.path.length);
    case 'copy':
      return (
        faultOfPath(action.from) ??
        (action.fallback === undefined
          ? undefined
          : faultOfValue(action.fallback, where, action.path.length))
      );
    case 'increment':
      // DynamoDB adds decimals and JavaScript binary fractions: only whole numbers come out alike.
      if (Number.isSafeInteger(action.by)) return undefined;
      return `${where}: expected a whole number to add, got ${action.by}`;
    case 'append':
      return faultOfValue(action.values, where, action.path.length);
    case 'remove':
      return undefined;
  }
}

function faultOfCondition(condition: Condition): string | undefined {
  switch (condition.kind) {
    case 'exists':
    case 'absent':
      return faultOfPath(condition.path);
    case 'compare': {
      const { path, operator, value } = condition;
      const where = path.join('.');
      const ordered = typeof value === 'number' || typeof value === 'string';
      if (!ordered && operator !== '=' && operator !== '<>') {
        return `${where} ${operator}: only numbers and strings have an order`;
      }
      return faultOfPath(path) ?? faultOfValue(value, where, path.length);
    }
    case 'and':
      return firstFault(condition.all, faultOfCondition);
    case 'or':
      if (condition.any.length === 0) return 'a condition of alternatives has at least one';
      return firstFault(condition.any, faultOfCondition);
    case 'not':
      if (isAlwaysTrue(condition.condition)) return 'a condition that never holds has no words';
      return faultOfCondition(condition.condition);
  }
}

function isAlwaysTrue(condition: Condition): boolean {
  if (condition.kind === 'and') return condition.all.every(isAlwaysTrue);
  return condition.kind === 'or' && condition.any.some(isAlwaysTrue);
}

function faultOfPath(path: Path): string | undefined {
  for (const segment of path) {
    const legal =
      typeof segment === 'string'
        ? isLegalName(segment)
        : Number.isSafeInteger(segment) && segment >= 0;
    if (!legal)
      return `${JSON.stringify(path)}: '${segment}' is no attribute name or list position`;
  }
  return undefined;
}

/** Names that the SDK's marshalling takes for something else, so that values would be lost. */
const MISREAD_NAMES = ['__proto__', 'constructor'];

function isLegalName(name: string): boolean {
  return name !== '' && !MISREAD_NAMES.includes(name);
}

/** What is wrong with a value that is to stand at `where`, so deep in its item. */
export function faultOfValue(
  value: Value | undefined,
  where: string,
  depth: number,
): string | undefined {
  if (depth > DEPTH_MAX) return `${where}: nested more than ${DEPTH_MAX} levels deep`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') {
    if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return undefined;
    return `${where}: ${value} is not a number that can be stored exactly (up to 2^53 - 1)`;
  }
  if (isList(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const fault = faultOfValue(value[index], `${where}[${index}]`, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (!isMap(value) || !isPlain(value)) return `${where}: ${typeNameOf(value)} cannot be stored`;
  for (const [name, member] of Object.entries(value)) {
    if (!isLegalName(name)) return `${where}: '${name}' is no attribute name`;
    const fault = faultOfValue(member, `${where}.${name}`, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function typeNameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.prototype.toString.call(value);
}

function firstFault<T>(
  parts: readonly T[],
  faultOf: (part: T) => string | undefined,
): string | undefined {
  for (const part of parts) {
    const fault = faultOf(part);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
