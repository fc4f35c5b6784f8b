import type { TableTime } from '../../lib/core/table-clock.ts';
import type { Runtime } from '../../lib/runtime.ts';
import { errorOfFailure } from '../../lib/store/failure-error.ts';
import type { Store, WriteRequest, WriteResult } from '../../lib/store/store.ts';
import {
  advance,
  begin,
  type ChainRow,
  end,
  firstOf,
  keyOf,
  noteStart,
  parseChain,
  turnOf,
} from './chain-row.ts';
import type { SentinelMessage, WatchedGroup } from './message.ts';
import { sweepIfStale } from './sweep.ts';

/** What serving a message takes. */
export interface SentinelParts {
  readonly store: Store;
  /** The table's time, as the answers so far show it. */
  readonly time: () => TableTime | undefined;
  readonly intervalMs: number;
  /** Finds the group's dead, and says whether anybody is in it. Throws when it cannot tell. */
  readonly sweep: (group: WatchedGroup) => Promise<{ readonly isEmpty: boolean }>;
  readonly send: (message: SentinelMessage, delayMs: number) => Promise<void>;
}

/** The same from an instance of the library in the group's namespace. */
export function partsOf(
  runtime: Runtime,
  { intervalMs, send }: Pick<SentinelParts, 'intervalMs' | 'send'>,
): SentinelParts {
  return {
    store: runtime.store,
    time: () => runtime.tableClock.now(),
    intervalMs,
    // Whoever follows the group sweeps more often than this.
    sweep: ({ group }) => sweepIfStale(runtime, group, intervalMs / 2),
    send,
  };
}

/** What became of a message. */
export type Served =
  /** A join has begun a chain. */
  | 'begun'
  /** A join has found one. */
  | 'running'
  /** The group has been looked after, and the next message is sent. */
  | 'passed-on'
  /** Nobody is in the group, and no message follows. */
  | 'ended'
  /** Sent for a server of the same message that died before it could. */
  | 'resent'
  /** A copy, or of a chain that is over. */
  | 'dropped';

/**
 * Serves one message (rule 29). Whatever it throws, the queue hands the message out again, and so
 * it does if the process dies at any line: a chain ends only by {@link end}, which the row allows
 * or not, and copies of a message die out because the row gives its turn to one of them.
 *
 * @param receives How often the queue has handed the message out, this time included.
 * @throws HoldfastError when the table does not answer, and what sending throws
 */
export async function serve(
  message: SentinelMessage,
  receives: number,
  parts: SentinelParts,
): Promise<Served> {
  const { namespace, group } = message;
  const where = { namespace, group };
  if (message.kind === 'start') return start(where, receives, parts);
  const row = await read(where, parts);
  switch (turnOf(row, message.chain, receives)) {
    case 'drop':
      return 'dropped';
    case 'resend':
      await sendLink(where, row.chain, parts);
      return 'resent';
    case 'serve':
      return look(where, row, receives, parts);
  }
}

async function start(group: WatchedGroup, receives: number, parts: SentinelParts): Promise<Served> {
  const noted = await write(noteStart(group), parts);
  const row = parseChain(noted.item);
  if (row.runs) return attend(group, row, receives, parts);
  const chain = firstOf(row, parts.time());
  const begun = await write(begin(group, row, { chain, dueAt: dueAt(parts) }), parts);
  if (begun.kind === 'refused') return attend(group, parseChain(begun.item), receives, parts);
  await sendLink(group, chain, parts);
  return 'begun';
}

/** Somebody has begun the chain: perhaps this very message, before whoever served it died. */
async function attend(
  group: WatchedGroup,
  { chain, runs }: ChainRow,
  receives: number,
  parts: SentinelParts,
): Promise<Served> {
  if (!runs || receives === 1) return 'running';
  await sendLink(group, chain, parts);
  return 'resent';
}

async function look(
  group: WatchedGroup,
  row: ChainRow,
  receives: number,
  parts: SentinelParts,
): Promise<Served> {
  const { isEmpty } = await parts.sweep(group);
  if (isEmpty) {
    const ended = await write(end(group, row, parts.time()), parts);
    if (ended.kind === 'applied') return 'ended';
    // Somebody has joined after all, or another copy of the message was faster.
  }
  const next = row.chain + 1;
  const advanced = await write(advance(group, row.chain, dueAt(parts)), parts);
  if (advanced.kind === 'applied') {
    await sendLink(group, next, parts);
    return 'passed-on';
  }
  if (turnOf(parseChain(advanced.item), row.chain, receives) !== 'resend') return 'dropped';
  await sendLink(group, next, parts);
  return 'resent';
}

function sendLink(group: WatchedGroup, chain: number, parts: SentinelParts): Promise<void> {
  return parts.send({ kind: 'link', ...group, chain }, parts.intervalMs);
}

/** When a message that is sent now should have been served. */
function dueAt({ time, intervalMs }: SentinelParts): number | undefined {
  const now = time();
  return now && Math.ceil(now.latest) + intervalMs;
}

async function read(group: WatchedGroup, { store }: SentinelParts): Promise<ChainRow> {
  const result = await store.get({ key: keyOf(group), consistent: true });
  if (result.kind === 'failed') throw errorOfFailure(titleOf(group), result.failure);
  return parseChain(result.kind === 'found' ? result.item : undefined);
}

/** A write whose outcome is known. One whose outcome is not is the next delivery's business. */
async function write(
  request: WriteRequest,
  { store }: SentinelParts,
): Promise<Extract<WriteResult, { readonly kind: 'applied' | 'refused' }>> {
  const result = await store.write(request);
  if (result.kind === 'applied' || result.kind === 'refused') return result;
  throw errorOfFailure(`${request.kind} of ${JSON.stringify(keyIn(request))}`, result.failure);
}

function keyIn(request: WriteRequest) {
  return request.kind === 'put' ? request.item.pk : request.key;
}

function titleOf({ namespace, group }: WatchedGroup): string {
  return `the chain of group '${group}' in namespace '${namespace}'`;
}
