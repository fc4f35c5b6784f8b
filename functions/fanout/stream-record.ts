/** A record of a DynamoDB stream as Lambda hands it to a function, as far as this one looks. */
export interface StreamRecord {
  readonly eventName?: string;
  readonly dynamodb?: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime?: number;
    readonly Keys?: Image;
    readonly NewImage?: Image;
    readonly OldImage?: Image;
    readonly SequenceNumber?: string;
  };
  readonly userIdentity?: { readonly type?: string; readonly principalId?: string };
}

/** A row in DynamoDB's own notation. */
export type Image = Readonly<Record<string, ImageValue>>;

/** A value in DynamoDB's own notation: one of the fields, named by its type. */
export interface ImageValue {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly L?: readonly ImageValue[];
  readonly M?: Image;
}

export interface StreamEvent {
  readonly Records: readonly StreamRecord[];
}

/** Which record to go on from. An empty list: all are done. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** The identity by which DynamoDB deletes what has outlived its time to live. */
export const TIME_TO_LIVE_IDENTITY = {
  type: 'Service',
  principalId: 'dynamodb.amazonaws.com',
} as const;

/** Whether DynamoDB itself removed the row because of its time to live. */
export function isTimeToLiveDeletion({ eventName, userIdentity }: StreamRecord): boolean {
  return (
    eventName === 'REMOVE' &&
    userIdentity?.type === TIME_TO_LIVE_IDENTITY.type &&
    userIdentity.principalId === TIME_TO_LIVE_IDENTITY.principalId
  );
}

export function textOf(image: Image | undefined, name: string): string | undefined {
  return image?.[name]?.S;
}

/** A whole number that JavaScript has exactly, or nothing. */
export function integerOf(image: Image | undefined, name: string): number | undefined {
  const text = image?.[name]?.N;
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The plain value behind DynamoDB's notation; nothing for binary values and sets. */
export function plainOf(value: ImageValue | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL === true) return null;
  if (value.L !== undefined) return value.L.map(plainOf);
  if (value.M === undefined) return undefined;
  return Object.fromEntries(Object.entries(value.M).map(([name, inner]) => [name, plainOf(inner)]));
}
