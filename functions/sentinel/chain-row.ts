import type { TableTime } from '../../lib/core/table-clock.ts';
import { hashOf } from '../../lib/group/digest.ts';
import { absent, and, equals, exists } from '../../lib/store/condition.ts';
import { TTL_ATTRIBUTE } from '../../lib/store/schema.ts';
import {
  CHAIN_ATTRIBUTE as ATTRIBUTE,
  CHAIN_PARTITIONS,
  chainKey,
} from '../../lib/store/sentinel-schema.ts';
import type { UpdateRequest } from '../../lib/store/store.ts';
import { increment, remove, set, setOrRemove } from '../../lib/store/update.ts';
import type { Item, Key } from '../../lib/store/value.ts';
import type { WatchedGroup } from './message.ts';

/** What is known of a group's chain of messages. The row decides, whatever the queue delivers. */
export interface ChainRow {
  /** 0: there never was one. */
  readonly chain: number;
  readonly runs: boolean;
  readonly starts: number;
  readonly dueAt: number | undefined;
}

export function keyOf({ namespace, group }: WatchedGroup): Key {
  return chainKey(hashOf(`${namespace}#${group}`) % CHAIN_PARTITIONS, namespace, group);
}

/** @throws Error for a row of a strange shape */
export function parseChain(item: Item | undefined): ChainRow {
  const { chain = 0, runs = false, starts = 0, dueAt } = item ?? {};
  const isSound =
    [chain, starts].every((value) => Number.isSafeInteger(value)) &&
    typeof runs === 'boolean' &&
    (dueAt === undefined || typeof dueAt === 'number');
  if (isSound) return { chain, runs, starts, dueAt } as ChainRow;
  throw new Error(`chain: expected numbers, got ${JSON.stringify({ chain, runs, starts, dueAt })}`);
}

/** Which group a row of the chains' partitions is about. @throws Error */
export function groupOfChain(item: Item): WatchedGroup {
  const { namespace, group } = item;
  if (typeof namespace === 'string' && typeof group === 'string') return { namespace, group };
  throw new Error(`chain ${String(item.sk)}: expected a namespace and a group`);
}

/**
 * Notes that somebody has joined. In this order a chain cannot end beside it: either the end is
 * refused, because it has seen less starts, or this finds that there is none, and begins one.
 */
export function noteStart(group: WatchedGroup): UpdateRequest {
  return {
    kind: 'update',
    key: keyOf(group),
    actions: [
      increment(ATTRIBUTE.starts, 1),
      set(ATTRIBUTE.namespace, group.namespace),
      set(ATTRIBUTE.group, group.group),
      remove(TTL_ATTRIBUTE),
    ],
  };
}

/**
 * The first number of a chain that begins now: one that no message has, be it of a chain whose row
 * is gone. No chain counts as fast as the seconds do.
 */
export function firstOf(row: ChainRow, time: TableTime | undefined): number {
  return Math.max(row.chain + 1, time === undefined ? 0 : Math.floor(time.latest / 1_000));
}

/** Begins a chain where there is none. */
export function begin(
  group: WatchedGroup,
  row: ChainRow,
  next: { readonly chain: number; readonly dueAt: number | undefined },
): UpdateRequest {
  const isAsSeen = row.chain === 0 ? absent(ATTRIBUTE.chain) : equals(ATTRIBUTE.chain, row.chain);
  return {
    kind: 'update',
    key: keyOf(group),
    actions: [
      set(ATTRIBUTE.chain, next.chain),
      set(ATTRIBUTE.runs, true),
      setOrRemove(ATTRIBUTE.dueAt, next.dueAt),
    ],
    condition: and(isAsSeen, absent(ATTRIBUTE.runs)),
  };
}

/** Passes the turn to the next message. Of all copies of message `chain`, one succeeds. */
export function advance(
  group: WatchedGroup,
  chain: number,
  dueAt: number | undefined,
): UpdateRequest {
  return {
    kind: 'update',
    key: keyOf(group),
    actions: [set(ATTRIBUTE.chain, chain + 1), setOrRemove(ATTRIBUTE.dueAt, dueAt)],
    condition: and(equals(ATTRIBUTE.chain, chain), exists(ATTRIBUTE.runs)),
  };
}

/** What is left of a chain that ended is garbage after so long. */
const KEPT_SECONDS = 7 * 24 * 3_600;

/** Ends the chain of a group in which nobody is, unless somebody has joined since `seen`. */
export function end(
  group: WatchedGroup,
  seen: ChainRow,
  time: TableTime | undefined,
): UpdateRequest {
  const ttl = time && Math.floor(time.latest / 1_000) + KEPT_SECONDS;
  return {
    kind: 'update',
    key: keyOf(group),
    actions: [remove(ATTRIBUTE.runs), remove(ATTRIBUTE.dueAt), setOrRemove(TTL_ATTRIBUTE, ttl)],
    condition: and(
      equals(ATTRIBUTE.chain, seen.chain),
      exists(ATTRIBUTE.runs),
      equals(ATTRIBUTE.starts, seen.starts),
    ),
  };
}

/** What is to be done with message `chain`, the row being as it is (rule 29). */
export type Turn =
  /** It is its turn. */
  | 'serve'
  /** It was this message's turn, and whoever served it may have died before it sent the next. */
  | 'resend'
  /** A copy, or a message of a chain that is over. */
  | 'drop';

/** @param receives How often the queue has handed this very message out, this time included. */
export function turnOf(row: ChainRow, chain: number, receives: number): Turn {
  if (!row.runs) return 'drop';
  if (row.chain === chain) return 'serve';
  // One that is handed out for the first time has not died before. Were it to send, copies that
  // the queue makes would multiply.
  return receives > 1 && row.chain === chain + 1 ? 'resend' : 'drop';
}

/** Whether a chain's message has surely been lost, or given up; so too if nobody can tell. */
export function isOverdue({ runs, dueAt }: ChainRow, time: TableTime | undefined, graceMs: number) {
  if (!runs) return false;
  return dueAt === undefined || time === undefined || time.earliest > dueAt + graceMs;
}
