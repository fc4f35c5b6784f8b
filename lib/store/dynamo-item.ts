import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item, ValueMap } from './value.ts';

export type AttributeMap = Record<string, AttributeValue>;

/** To DynamoDB's own notation. Strict: undefined, class instances and inexact numbers throw. */
export function attributesOf(values: ValueMap): AttributeMap {
  return marshall(values, {
    removeUndefinedValues: false,
    convertEmptyValues: false,
    convertClassInstanceToMap: false,
    allowImpreciseNumbers: false,
  });
}

/**
 * From DynamoDB's own notation. Numbers become JavaScript's even when that rounds them: no number
 * that this library writes can, and a row with a stranger's bigint must stay readable.
 */
export function itemOf(attributes: AttributeMap | undefined): Item | undefined {
  if (attributes === undefined) return undefined;
  return unmarshall(attributes, { wrapNumbers: Number }) as Item;
}
