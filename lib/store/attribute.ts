/**
 * Attributes as DynamoDB itself writes them. Whoever moves other people's items has to keep them
 * like this: a number of 38 digits, a set or bytes would not survive the way through JavaScript's.
 */
export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: Uint8Array }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly Uint8Array[] }
  | { readonly L: readonly Attribute[] }
  | { readonly M: Attributes };

/** An item, or a key, or a part of one: attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** Whether two items hold the same. Sets have no order, and neither have names. */
export function sameAttributes(left: Attributes | undefined, right: Attributes | undefined) {
  if (left === undefined || right === undefined) return left === right;
  return textOfAttributes(left) === textOfAttributes(right);
}

/** One text for all items that hold the same, with their names in order. */
export function textOfAttributes(attributes: Attributes): string {
  const names = Object.keys(attributes).sort();
  const members = names.map((name) => {
    const attribute = attributes[name];
    return `${JSON.stringify(name)}:${attribute === undefined ? '' : textOf(attribute)}`;
  });
  return `{${members.join()}}`;
}

function textOf(attribute: Attribute): string {
  if ('S' in attribute) return JSON.stringify(attribute.S);
  if ('N' in attribute) return `N${attribute.N}`;
  if ('B' in attribute) return `B${hexOf(attribute.B)}`;
  if ('BOOL' in attribute) return `${attribute.BOOL}`;
  if ('NULL' in attribute) return 'null';
  if ('SS' in attribute) return `SS${JSON.stringify(attribute.SS.toSorted())}`;
  if ('NS' in attribute) return `NS${JSON.stringify(attribute.NS.toSorted())}`;
  if ('BS' in attribute) return `BS${attribute.BS.map(hexOf).toSorted().join()}`;
  if ('L' in attribute) return `[${attribute.L.map(textOf).join()}]`;
  return textOfAttributes(attribute.M);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The size of an item by DynamoDB's published rules, as in `item-size.ts`. */
export function attributesBytes(attributes: Attributes | undefined): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(attributes ?? {})) {
    bytes += Buffer.byteLength(name) + attributeBytes(attribute);
  }
  return bytes;
}

function attributeBytes(attribute: Attribute): number {
  if ('S' in attribute) return Buffer.byteLength(attribute.S);
  if ('N' in attribute) return numberBytes(attribute.N);
  if ('B' in attribute) return attribute.B.length;
  if ('SS' in attribute) return sum(attribute.SS, (text) => Buffer.byteLength(text));
  if ('NS' in attribute) return sum(attribute.NS, numberBytes);
  if ('BS' in attribute) return sum(attribute.BS, ({ length }) => length);
  if ('L' in attribute) return 3 + sum(attribute.L, (member) => 1 + attributeBytes(member));
  if ('M' in attribute) {
    return 3 + Object.keys(attribute.M).length + attributesBytes(attribute.M);
  }
  return 1;
}

function numberBytes(text: string): number {
  const digits = text.replace(/[eE].*$/, '').replace(/[-+.]/g, '').length;
  return Math.ceil(digits / 2) + (text.startsWith('-') ? 2 : 1);
}

function sum<Member>(members: readonly Member[], bytesOf: (member: Member) => number): number {
  return members.reduce((bytes, member) => bytes + bytesOf(member), 0);
}
