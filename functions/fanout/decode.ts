import { GROUP_ATTRIBUTE, MEMBER_PREFIX } from '../../lib/store/group-schema.ts';
import { ATTRIBUTE, PARTITION_KEY, SORT_KEY, STUB_FIELD } from '../../lib/store/schema.ts';
import type { MemberMetadata } from '../events.ts';
import type { Change, LeaderChange } from './change.ts';
import { HEAD_ATTRIBUTE, HEAD_SORT_KEY } from './rows.ts';
import {
  type Image,
  integerOf,
  isTimeToLiveDeletion,
  plainOf,
  type StreamRecord,
  textOf,
} from './stream-record.ts';

/** Why a record comes to nothing. None of these gets better by another try. */
export type Skip =
  /** A row that is none of ours, or of a kind that this version does not know. */
  | 'unknown'
  /** One of ours that lacks what it must have. */
  | 'malformed'
  /** One of ours, and nothing that anybody is told of has changed in it. */
  | 'unchanged';

export type Decoded =
  | { readonly kind: 'change'; readonly change: Change; readonly byTimeToLive: boolean }
  | { readonly kind: 'skipped'; readonly why: Skip };

/** Where a record's row is, and the images on either side of the change. */
interface Row {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly sortKey: string;
  readonly sequenceNumber: string;
  readonly before: NonNullable<StreamRecord['dynamodb']>['OldImage'];
  readonly after: NonNullable<StreamRecord['dynamodb']>['NewImage'];
}

/**
 * What a record means, as far as the function knows. Never throws.
 *
 * A row of these kinds that DynamoDB removes for its time to live is gone like any other, and is
 * told of; but none of them has one, so it is marked, for somebody to look into.
 */
export function decode(record: StreamRecord): Decoded {
  const row = rowOf(record);
  const change = row === undefined ? 'unknown' : changeOf(row);
  if (typeof change === 'string') return { kind: 'skipped', why: change };
  return { kind: 'change', change, byTimeToLive: isTimeToLiveDeletion(record) };
}

function changeOf(row: Row): Change | Skip {
  const { kind, sortKey, before, after } = row;
  const images = [before, after].filter((image) => image !== undefined);
  if (images.length > 0 && images.every(isStub)) return 'unchanged';
  if (kind === 'config' && sortKey === HEAD_SORT_KEY) return ofConfigHead(row);
  if (kind === 'group' && sortKey === HEAD_SORT_KEY) return ofGroupHead(row);
  if (kind === 'group' && sortKey.startsWith(MEMBER_PREFIX)) return ofMember(row);
  if (kind === 'election' && sortKey === kind) return ofElection(row);
  if (kind === 'lock' && sortKey === kind) return ofLock(row);
  return 'unknown';
}

/** Whether there is no such row, but for the lock of a transaction that has looked for it. */
function isStub(image: Image): boolean {
  return image[ATTRIBUTE.transactionLock]?.M?.[STUB_FIELD] !== undefined;
}

/** `pk` is `<namespace>#<kind>#<name>`, and a name may hold anything. */
const PARTITION = /^([^#]+)#([^#]+)#(.+)$/s;

function rowOf({ dynamodb }: StreamRecord): Row | undefined {
  const sequenceNumber = dynamodb?.SequenceNumber;
  const parts = PARTITION.exec(textOf(dynamodb?.Keys, PARTITION_KEY) ?? '');
  const sortKey = textOf(dynamodb?.Keys, SORT_KEY);
  if (parts === null || sortKey === undefined || sequenceNumber === undefined) return undefined;
  const [, namespace = '', kind = '', name = ''] = parts;
  const { OldImage: before, NewImage: after } = dynamodb ?? {};
  return { namespace, kind, name, sortKey, sequenceNumber, before, after };
}

function ofConfigHead(row: Row): Change | Skip {
  const revision = revisionOf(row);
  if (revision === undefined) return 'malformed';
  if (isSameRevision(row)) return 'unchanged';
  const version = integerOf(row.after, HEAD_ATTRIBUTE.version);
  if (row.after !== undefined && version === undefined) return 'malformed';
  return { ...common(row), kind: 'config', revision, version };
}

function ofGroupHead(row: Row): Change | Skip {
  const revision = revisionOf(row);
  if (revision === undefined) return 'malformed';
  if (isSameRevision(row)) return 'unchanged';
  return { ...common(row), kind: 'group', revision };
}

function ofMember(row: Row): Change | Skip {
  const { before, after, sortKey } = row;
  const image = after ?? before;
  const incarnation = textOf(image, GROUP_ATTRIBUTE.incarnation);
  const generation = integerOf(image, GROUP_ATTRIBUTE.generation);
  const version = integerOf(image, GROUP_ATTRIBUTE.version);
  if (incarnation === undefined || generation === undefined || version === undefined) {
    return 'malformed';
  }
  // A new life writes over the row that an old one has left.
  const isOldLife = textOf(before, GROUP_ATTRIBUTE.incarnation) === incarnation;
  if (isOldLife && after !== undefined && integerOf(before, GROUP_ATTRIBUTE.version) === version) {
    return 'unchanged';
  }
  return {
    ...common(row),
    kind: 'member',
    change: after === undefined ? 'left' : isOldLife ? 'changed' : 'joined',
    member: sortKey.slice(MEMBER_PREFIX.length),
    incarnation,
    generation,
    version,
    metadata: metadataOf(image),
  };
}

function metadataOf(image: Image | undefined): MemberMetadata {
  const { state, address, zone, weight, meta } = GROUP_ATTRIBUTE;
  const said = [state, address, zone, weight, meta].flatMap((name) => {
    const value = plainOf(image?.[name]);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(said);
}

const TERM_CHANGES: Readonly<Record<string, LeaderChange['change']>> = {
  acquired: 'elected',
  proclaimed: 'proclaimed',
  released: 'resigned',
};

function ofElection(row: Row): Change | Skip {
  const transition = transitionOf(row);
  if (transition === undefined) return 'unchanged';
  const change = TERM_CHANGES[transition.name];
  if (change === undefined) return 'unchanged';
  if (transition.token === undefined) return 'malformed';
  const leader = textOf(row.after, ATTRIBUTE.ownerLabel);
  return { ...common(row), kind: 'leader', change, term: transition.token, leader };
}

function ofLock(row: Row): Change | Skip {
  const transition = transitionOf(row);
  if (transition?.name !== 'released') return 'unchanged';
  if (transition.token === undefined) return 'malformed';
  return { ...common(row), kind: 'lock', token: transition.token };
}

/** Of `<transition>#<token>`; none when the write was no transition, or repeats the last one. */
function transitionOf({ before, after }: Row) {
  const event = textOf(after, ATTRIBUTE.event);
  if (event === undefined || event === textOf(before, ATTRIBUTE.event)) return undefined;
  const [name = '', token = ''] = event.split('#');
  const number = /^\d+$/.test(token) ? Number(token) : undefined;
  return { name, token: Number.isSafeInteger(number) ? number : undefined };
}

function revisionOf({ before, after }: Row): number | undefined {
  return integerOf(after ?? before, HEAD_ATTRIBUTE.revision);
}

/** An engine may report a write that changed nothing; DynamoDB does not. */
function isSameRevision({ before, after }: Row): boolean {
  if (before === undefined || after === undefined) return false;
  const { revision } = HEAD_ATTRIBUTE;
  return integerOf(before, revision) === integerOf(after, revision);
}

function common({ namespace, name, sequenceNumber }: Row) {
  return { namespace, name, sequenceNumber };
}
