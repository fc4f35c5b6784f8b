import { marshall } from '@aws-sdk/util-dynamodb';
import type { Image, StreamRecord } from '../../../../functions/fanout/stream-record.ts';
import { TIME_TO_LIVE_IDENTITY } from '../../../../functions/fanout/stream-record.ts';
import type { Item, Key } from '../../../../lib/store/value.ts';

/** What is under a key before and after a write; nothing where there is no row. */
export interface Written {
  readonly key: Key;
  readonly before?: Item;
  readonly after?: Item;
}

/** The stream record of a write, with the sequence number that it gets. */
export function recordOf({ key, before, after }: Written, sequenceNumber: number): StreamRecord {
  const image = (item: Item) => marshall({ ...item, ...key }) as unknown as Image;
  return {
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000,
      Keys: marshall({ pk: key.pk, sk: key.sk }) as unknown as Image,
      SequenceNumber: `${sequenceNumber}`,
      ...(before && { OldImage: image(before) }),
      ...(after && { NewImage: image(after) }),
    },
  };
}

export function recordsOf(...writes: readonly Written[]): StreamRecord[] {
  return writes.map((written, index) => recordOf(written, 100 + index));
}

export function byTimeToLive(record: StreamRecord): StreamRecord {
  return { ...record, userIdentity: TIME_TO_LIVE_IDENTITY };
}

const HEAD = { sk: 'head' };

/** A document's head that goes from one revision to the next. */
export function publish(name: string, revision: number): Written {
  const key = { pk: `photos#config#${name}`, ...HEAD };
  const head = (number: number) => ({ revision: number, version: number, epoch: 'e' });
  const after = head(revision);
  return revision === 1 ? { key, after } : { key, before: head(revision - 1), after };
}

export function groupHead(name: string, revision: number): Written {
  const key = { pk: `photos#group#${name}`, ...HEAD };
  return { key, before: { revision: revision - 1 }, after: { revision } };
}

const MEMBER = {
  incarnation: 'life-1',
  generation: 7,
  version: 1,
  state: 'active',
  address: '10.0.0.7',
  weight: 1,
  meta: { secret: 'hush' },
};

export function memberKey(member: string): Key {
  return { pk: 'photos#group#resizers', sk: `member#${member}` };
}

export function join(member: string, row: Item = {}): Written {
  return { key: memberKey(member), after: { ...MEMBER, ...row } };
}

export function leave(member: string): Written {
  return { key: memberKey(member), before: MEMBER };
}

export function change(member: string, row: Item): Written {
  return { key: memberKey(member), before: MEMBER, after: { ...MEMBER, ...row } };
}

/** A transition of a lock or an election, whose row had another event, or none, before. */
export function transition(
  kind: 'lock' | 'election',
  name: string,
  event: string,
  before: Item | undefined = {},
): Written {
  const key = { pk: `photos#${kind}#${name}`, sk: kind };
  return { key, before, after: { event, ownerLabel: 'host/1', value: 'hush' } };
}
