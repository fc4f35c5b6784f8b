import { type Announcement, EVENT_SOURCE } from '../events.ts';

/** One event of a `PutEvents` request. */
export interface EventEntry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly EventBusName: string;
}

/** What one `PutEvents` request can take. */
const ENTRIES_MAX = 10;
const REQUEST_BYTES_MAX = 256 * 1024;

export function entryOf(announcement: Announcement, eventBusName: string): EventEntry {
  const { type, detail } = announcement;
  const entry = (body: object) => ({
    Source: EVENT_SOURCE,
    DetailType: type,
    Detail: JSON.stringify(body),
    EventBusName: eventBusName,
  });
  const whole = entry(detail);
  if (bytesOf(whole) <= REQUEST_BYTES_MAX || !('metadata' in detail)) return whole;
  // An event that is refused for its size every time would hold up the stream behind it.
  const { metadata: _, ...rest } = detail;
  return entry(rest);
}

/** Splits what is to be sent into requests, in order. */
export function requestsOf<Sent>(
  things: readonly Sent[],
  entry: (thing: Sent) => EventEntry,
): Sent[][] {
  const requests: Sent[][] = [];
  let bytes = 0;
  for (const thing of things) {
    const size = bytesOf(entry(thing));
    const last = requests.at(-1);
    if (last === undefined || last.length === ENTRIES_MAX || bytes + size > REQUEST_BYTES_MAX) {
      requests.push([thing]);
      bytes = size;
    } else {
      last.push(thing);
      bytes += size;
    }
  }
  return requests;
}

/** What `PutEvents` answers for one entry. */
export interface EntryResult {
  readonly EventId?: string | undefined;
  readonly ErrorCode?: string | undefined;
}

/** The error of each entry, or nothing where it was taken. Only an id says that it was. */
export function errorsOfEntries(
  count: number,
  results: readonly EntryResult[],
): (string | undefined)[] {
  return Array.from({ length: count }, (_, index) => {
    const result = results[index];
    return result?.EventId === undefined ? (result?.ErrorCode ?? 'NoAnswer') : undefined;
  });
}

/** As EventBridge counts: the UTF-8 bytes of source, type and detail. */
function bytesOf({ Source, DetailType, Detail }: EventEntry): number {
  return [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
