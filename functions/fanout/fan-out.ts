import type { HintMessage } from '../../lib/mqtt/message.ts';
import type { WatchedGroup } from '../sentinel/message.ts';
import { type AnnounceOptions, announce } from './announce.ts';
import type { Change } from './change.ts';
import { coalesce } from './coalesce.ts';
import { decode, type Skip } from './decode.ts';
import { type EventEntry, entryOf, requestsOf } from './entries.ts';
import { hintOf } from './hint.ts';
import { lastJoins, startOf } from './start.ts';
import type { BatchResponse, StreamRecord } from './stream-record.ts';

/** Where the function's messages go. */
export interface Outlets {
  /** Sends up to ten events. Says for each the code of its error, or nothing if it was taken. */
  readonly putEvents: (entries: readonly EventEntry[]) => Promise<readonly (string | undefined)[]>;
  /** Sends a hint; absent when push is off. */
  readonly sendHint?: ((hint: HintMessage) => Promise<void>) | undefined;
  /** Tells the sentinel that somebody has joined a group; absent when there is none. */
  readonly sendStart?: ((group: WatchedGroup) => Promise<void>) | undefined;
}

export interface FanOutOptions extends AnnounceOptions {
  readonly eventBusName: string;
}

/** What became of a batch. */
export interface FanOutReport {
  readonly response: BatchResponse;
  readonly records: number;
  readonly skipped: Readonly<Record<Skip, number>>;
  /** Rows without a time to live that were removed by it all the same. */
  readonly byTimeToLive: number;
  /** Changes that a later change of the same topic made unnecessary. */
  readonly coalesced: number;
  readonly published: number;
  readonly hinted: number;
  /** Groups of which the sentinel was told that somebody has joined. */
  readonly started: number;
  readonly failed: number;
  /** What went wrong first, for the log. */
  readonly failure: string | undefined;
}

/**
 * Takes one batch to the bus and to the hints, in order, and stops at the first request that
 * fails in part. The answer names the first change that has not been sent, so that Lambda delivers
 * the batch from there again: everything at least once, nothing left out.
 */
export async function fanOut(
  records: readonly StreamRecord[],
  outlets: Outlets,
  options: FanOutOptions,
): Promise<FanOutReport> {
  const decoded = records.map(decode);
  const skipped = { unknown: 0, malformed: 0, unchanged: 0 };
  for (const each of decoded) if (each.kind === 'skipped') skipped[each.why] += 1;
  const changes = decoded.flatMap((each) => (each.kind === 'change' ? each : []));
  const latest = coalesce(changes.map(({ change }) => change));
  const hints = await sendEach(latest, hintOf, outlets.sendHint);
  const starts = await sendEach(lastJoins(latest), startOf, outlets.sendStart);
  const events = await sendEvents(latest, outlets, options);
  const unsent = [...hints.unsent, ...starts.unsent, ...events.unsent];
  const again = new Set(unsent.map(({ sequenceNumber }) => sequenceNumber));
  // The first in the stream, which need not be the first to be sent.
  const first = changes.find(({ change }) => again.has(change.sequenceNumber))?.change;
  return {
    response: {
      batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first.sequenceNumber }],
    },
    records: records.length,
    skipped,
    byTimeToLive: changes.filter(({ byTimeToLive }) => byTimeToLive).length,
    coalesced: changes.length - latest.length,
    published: events.sent,
    hinted: hints.sent,
    started: starts.sent,
    failed: hints.failures.length + starts.failures.length + events.failures.length,
    failure: [...events.failures, ...starts.failures, ...hints.failures][0],
  };
}

interface Sending {
  readonly sent: number;
  /** What has to be delivered again. */
  readonly unsent: readonly Change[];
  readonly failures: readonly string[];
}

async function sendEvents(
  changes: readonly Change[],
  { putEvents }: Outlets,
  options: FanOutOptions,
): Promise<Sending> {
  const announced = changes.flatMap((change) => {
    const announcement = announce(change, options);
    if (announcement === undefined) return [];
    return { change, entry: entryOf(announcement, options.eventBusName) };
  });
  const requests = requestsOf(announced, ({ entry }) => entry);
  let sent = 0;
  for (const [index, request] of requests.entries()) {
    const errors = await errorsOf(request.length, () =>
      putEvents(request.map(({ entry }) => entry)),
    );
    const refused = request.filter((_, position) => errors[position] !== undefined);
    sent += request.length - refused.length;
    if (refused.length > 0) {
      // What is throttled now would be throttled again: the rest waits for the next delivery.
      const unsent = [refused, ...requests.slice(index + 1)].flat().map(({ change }) => change);
      return { sent, unsent, failures: errors.filter((error) => error !== undefined) };
    }
  }
  return { sent, unsent: [], failures: [] };
}

/** Small messages that are apart from each other, so that one that fails holds up no other. */
async function sendEach<Message>(
  changes: readonly Change[],
  messageOf: (change: Change) => Message | undefined,
  send: ((message: Message) => Promise<void>) | undefined,
): Promise<Sending> {
  if (send === undefined) return { sent: 0, unsent: [], failures: [] };
  const results = await Promise.all(
    changes.map(async (change) => {
      const message = messageOf(change);
      if (message === undefined) return undefined;
      const [error] = await errorsOf(1, async () => {
        await send(message);
        return [undefined];
      });
      return { change, error };
    }),
  );
  const tried = results.filter((result) => result !== undefined);
  const failed = tried.filter(({ error }) => error !== undefined);
  return {
    sent: tried.length - failed.length,
    unsent: failed.map(({ change }) => change),
    failures: failed.flatMap(({ error }) => error ?? []),
  };
}

type Errors = readonly (string | undefined)[];

/** A request that fails as a whole has failed in each of its parts. */
async function errorsOf(parts: number, request: () => Promise<Errors>): Promise<Errors> {
  try {
    return await request();
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return Array.from({ length: parts }, () => text);
  }
}
