import { MEMBER_PREFIX } from '../../lib/store/group-schema.ts';
import { ATTRIBUTE, SORT_KEY } from '../../lib/store/schema.ts';
import { HEAD_SORT_KEY } from './rows.ts';

/** Matches one string: itself, or what begins with it. */
type StringMatcher = string | { readonly prefix: string };

/** A filter of an event source mapping on a DynamoDB stream. */
export type StreamFilter = {
  readonly eventName: readonly ('INSERT' | 'MODIFY' | 'REMOVE')[];
  readonly dynamodb: AttributePatterns;
};

// Not an interface: what takes any pattern takes these too.
type AttributePatterns = { readonly Keys: AttributePattern; readonly NewImage?: AttributePattern };

type AttributePattern = Readonly<Record<string, { readonly S: readonly StringMatcher[] }>>;

/**
 * What invokes the function: changes of heads and members, and those transitions of locks and
 * elections that somebody is told of. Everything else passes by at no cost: heartbeats, which are
 * rows of their own or have no `event`; acquisitions of locks; versions, queues and sweeps.
 *
 * A record that matches any of these is delivered. Lambda allows five, of any account.
 */
export const STREAM_FILTERS: Readonly<Record<string, StreamFilter>> = {
  heads: {
    eventName: ['INSERT', 'MODIFY', 'REMOVE'],
    dynamodb: { Keys: sortKey(HEAD_SORT_KEY) },
  },
  members: {
    eventName: ['INSERT', 'MODIFY', 'REMOVE'],
    dynamodb: { Keys: sortKey({ prefix: MEMBER_PREFIX }) },
  },
  // Filters cannot compare the old row with the new one: hence an attribute that only
  // transitions set and every other write removes.
  releases: {
    eventName: ['MODIFY'],
    dynamodb: { Keys: sortKey('lock'), NewImage: event('released') },
  },
  // The first leader of all inserts the row.
  terms: {
    eventName: ['INSERT', 'MODIFY'],
    dynamodb: {
      Keys: sortKey('election'),
      NewImage: event('acquired', 'proclaimed', 'released'),
    },
  },
};

function sortKey(matcher: StringMatcher): AttributePattern {
  return { [SORT_KEY]: { S: [matcher] } };
}

function event(...transitions: readonly string[]): AttributePattern {
  return { [ATTRIBUTE.event]: { S: transitions.map((name) => ({ prefix: `${name}#` })) } };
}
