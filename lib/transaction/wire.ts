import type { Attribute, Attributes } from '../store/attribute.ts';

/**
 * Attributes as JSON text, for what a record keeps of other items. Text and not a map: a map within
 * the record would be nested deeper than DynamoDB lets it, where the item itself just fits.
 */
export type JsonValue = Readonly<Record<string, unknown>>;

export function jsonOfAttributes(attributes: Attributes): JsonValue {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, jsonOf(attribute)]),
  );
}

function jsonOf(attribute: Attribute): unknown {
  if ('B' in attribute) return { B: base64(attribute.B) };
  if ('BS' in attribute) return { BS: attribute.BS.map(base64) };
  if ('L' in attribute) return { L: attribute.L.map(jsonOf) };
  return 'M' in attribute ? { M: jsonOfAttributes(attribute.M) } : attribute;
}

export function attributesFromJson(json: JsonValue): Attributes {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, attributeFromJson(value)]),
  );
}

function attributeFromJson(json: unknown): Attribute {
  const value = json as Record<string, unknown>;
  if ('B' in value) return { B: bytes(value.B) };
  if ('BS' in value) return { BS: (value.BS as unknown[]).map(bytes) };
  if ('L' in value) return { L: (value.L as unknown[]).map(attributeFromJson) };
  if ('M' in value) return { M: attributesFromJson(value.M as JsonValue) };
  return value as unknown as Attribute;
}

function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

function bytes(text: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(String(text), 'base64'));
}
