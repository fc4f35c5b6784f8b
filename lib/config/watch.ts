import { deriveAbort } from '../core/abort.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import type { StoreFailure } from '../store/store.ts';
import { type Cursor, cursorText } from './cursor.ts';
import { type DocumentTable, missingVersion } from './document-table.ts';
import type { Head, Version } from './protocol.ts';
import type { Applied, Rejection, Replica } from './replica.ts';
import type { SchemaIssue } from './standard-schema.ts';

/** What a watcher is told. Every event carries the cursor from which a later watch goes on. */
export type ConfigEvent<Output> =
  /** How it is at the beginning; `undefined`: there is no document. */
  | ConfigState<'snapshot', Output | undefined>
  | (ConfigState<'changed', Output> & { readonly previousVersion: number })
  | (ConfigState<'deleted', undefined> & { readonly previousVersion: number })
  /** What came before can't be told in full, and why. How it is now. */
  | (ConfigState<'reset', Output | undefined> & { readonly reason: ResetReason })
  /** A version that the schema here refuses; what was good stays. */
  | {
      readonly type: 'rejected';
      readonly version: number;
      readonly issues: readonly SchemaIssue[];
      readonly cursor: string;
    };

interface ConfigState<Type extends string, Value> {
  readonly type: Type;
  readonly version: number;
  readonly value: Value;
  readonly cursor: string;
}

/** Why versions are missing: too old; of another life of the document; or by nobody's leave. */
export type ResetReason = 'compacted' | 'restored' | 'missing';

export interface WatchRequest {
  readonly from: Cursor | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What this process runs, whenever that changes: the newest, and nothing of what it replaced. */
export async function* watchLatest<Output>(
  replica: Replica<Output>,
  { from, signal }: WatchRequest,
): AsyncGenerator<ConfigEvent<Output>, void, undefined> {
  const { runtime, name } = replica.table;
  const stop = deriveAbort(signal, runtime.closing);
  let rejection: Rejection | undefined;
  let failure: StoreFailure | undefined;
  let wake = () => {};
  const stopListening = replica.listen((notice) => {
    if (notice.kind === 'rejected') rejection = notice.rejection;
    // Watchers outlive outages, but not a table that was never there.
    if (notice.kind === 'unanswered' && !notice.failure.retryable) failure = notice.failure;
    wake();
  });
  stop.signal.addEventListener('abort', () => wake(), { once: true });
  let stopFollowing = () => {};
  let told: Pick<Applied<Output>, 'version' | 'epoch'> | undefined = from;
  try {
    if (stop.signal.aborted) return;
    await replica.table.freshHead();
    await replica.apply();
    stopFollowing = replica.follow(true);
    while (!stop.signal.aborted) {
      if (failure !== undefined) throw errorOfFailure(`watching ${replica.table.title}`, failure);
      const { applied } = replica;
      const isNews = told?.version !== applied?.version || told?.epoch !== applied?.epoch;
      if (applied !== undefined && isNews) {
        const before = told;
        told = applied;
        yield stateEvent(applied, before, cursorOf(runtime.namespace, name, applied));
      } else if (rejection !== undefined) {
        const refused = rejection;
        rejection = undefined;
        const { version, issues } = refused;
        const cursor = cursorOf(runtime.namespace, name, told ?? { version: 0, epoch: '' });
        yield { type: 'rejected', version, issues, cursor };
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stopFollowing();
    stopListening();
    stop.dispose();
  }
}

function stateEvent<Output>(
  { version, epoch, value }: Applied<Output>,
  before: Pick<Applied<Output>, 'version' | 'epoch'> | undefined,
  cursor: string,
): ConfigEvent<Output> {
  if (before === undefined) return { type: 'snapshot', version, value, cursor };
  // A document that had no version had no life either.
  if (before.epoch !== epoch && before.version !== 0) {
    return { type: 'reset', reason: 'restored', version, value, cursor };
  }
  const previousVersion = before.version;
  return value === undefined
    ? { type: 'deleted', version, value: undefined, previousVersion, cursor }
    : { type: 'changed', version, value, previousVersion, cursor };
}

/**
 * Every published version in order, once each, whoever runs it. What was compacted, or is missing,
 * is announced by a reset.
 */
export async function* watchEvery<Output>(
  replica: Replica<Output>,
  request: WatchRequest,
): AsyncGenerator<ConfigEvent<Output>, void, undefined> {
  const { table } = replica;
  const { runtime, name, poller } = table;
  const at = (epoch: string, version: number) =>
    cursorOf(runtime.namespace, name, { epoch, version });
  let head = await table.freshHead();
  let place = request.from;
  if (place === undefined) {
    const present = await presentEvent(replica, head, { type: 'snapshot' });
    place = present.place;
    yield present.event;
  }
  const pollMs = replica.lookEveryMs;
  const { signal } = request;
  for await (const sight of poller.sights({ pollMs, signal, keepsProcessAlive: true })) {
    if (sight.kind === 'failed' && !sight.failure.retryable) {
      throw errorOfFailure(`watching ${table.title}`, sight.failure);
    }
    head = poller.state?.head ?? head;
    while (place.version !== head.version || place.epoch !== head.epoch) {
      if (signal?.aborted === true) return;
      const reason = reasonToReset(place, head);
      let isWhole = reason === undefined;
      if (reason === undefined) {
        for await (const version of table.versions(place.version + 1, head.version)) {
          isWhole = version.version === place.version + 1;
          if (!isWhole) break;
          const event = await eventOf(replica, version, at(head.epoch, version.version));
          place = { ...place, epoch: head.epoch, version: version.version };
          yield event;
        }
        if (isWhole && place.version === head.version) break;
        // Only the head can say whether what is missing may be.
        head = await table.freshHead();
        if (reasonToReset(place, head) !== undefined) continue;
        const next = await table.version(place.version + 1, head.epoch);
        if (next !== undefined) continue;
      }
      const present = await presentEvent(replica, head, {
        type: 'reset',
        reason: reason ?? 'missing',
      });
      place = present.place;
      yield present.event;
    }
  }
}

/** Why a watcher at this place can't be told every version that follows. */
function reasonToReset(place: Cursor, head: Head): ResetReason | undefined {
  const isOther = place.epoch !== head.epoch && place.version !== 0;
  if (isOther || place.version > head.version) return 'restored';
  // The next version is the first one that is needed: at the floor nothing is missing yet.
  return place.version + 1 <= head.floor ? 'compacted' : undefined;
}

async function eventOf<Output>(
  replica: Replica<Output>,
  { version, document }: Version,
  cursor: string,
): Promise<ConfigEvent<Output>> {
  const previousVersion = version - 1;
  const read = await replica.read(document);
  if (read.issues !== undefined) return { type: 'rejected', version, issues: read.issues, cursor };
  const { value } = read;
  return value === undefined
    ? { type: 'deleted', version, value: undefined, previousVersion, cursor }
    : { type: 'changed', version, value, previousVersion, cursor };
}

/** How it is now, as an event of that kind, and where that is. */
async function presentEvent<Output>(
  replica: Replica<Output>,
  seen: Head,
  kind: { readonly type: 'snapshot' } | { readonly type: 'reset'; readonly reason: ResetReason },
): Promise<{ readonly event: ConfigEvent<Output>; readonly place: Cursor }> {
  const { table } = replica;
  const { head, document } = await newest(table, seen);
  const { version, epoch } = head;
  const place = { namespace: table.runtime.namespace, name: table.name, epoch, version };
  const cursor = cursorText(place);
  const read = await replica.read(document);
  if (read.issues !== undefined) {
    return { place, event: { type: 'rejected', version, issues: read.issues, cursor } };
  }
  return { place, event: { ...kind, version, value: read.value, cursor } };
}

/** The newest version, and the head that names it. */
async function newest(table: DocumentTable, seen: Head) {
  for (let [head, tries] = [seen, 0]; ; tries += 1) {
    if (head.version === 0) return { head, document: undefined };
    const version = await table.version(head.version, head.epoch);
    if (version !== undefined) return { head, document: version.document };
    // Compacted since it was named, or removed by somebody who may not.
    if (tries > 0) throw missingVersion(table, head.version);
    head = await table.freshHead();
  }
}

function cursorOf(
  namespace: string,
  name: string,
  { epoch, version }: Pick<Cursor, 'epoch' | 'version'>,
): string {
  return cursorText({ namespace, name, epoch, version });
}
