import { RecordClient } from '../lease/record-client.ts';
import { type OwnershipRow, parseOwnershipRow } from '../lease/row.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import { ATTRIBUTE, type OwnershipKind, ownershipKey } from '../store/schema.ts';
import type { Item } from '../store/value.ts';
import { type CircleLink, findCircle, type Place } from './deadlock.ts';

/** Who is in the way, and why. Times are epoch milliseconds on the table's clock. */
export interface Explanation extends Place {
  /** `undefined`: nobody has it. */
  readonly holder: ExplainedHolder | undefined;
  /** Who waits, in order of arrival. */
  readonly queue: readonly ExplainedWaiter[];
  /**
   * The circle of sessions in which each waits for what the next one holds, if the holder is in it
   * or waits for it; empty: there is none.
   */
  readonly circle: readonly CircleLink[];
}

/** Who has it. */
export interface ExplainedHolder {
  readonly label: string;
  readonly token: number;
  /** Since when, and until when without a renewal; `undefined` where it did not know the time. */
  readonly since: number | undefined;
  readonly expiresAt: number | undefined;
  readonly session: string | undefined;
  /** Whether it has been handed the lock, and has not accepted it yet. */
  readonly isClaiming: boolean;
}

/** Who waits for it. */
export interface ExplainedWaiter {
  readonly label: string;
  readonly session: string | undefined;
}

/** Reads rows one by one, each consistently. */
export async function explainPlace(runtime: Runtime, place: Place): Promise<Explanation> {
  const { kind, name } = place;
  const row = await readRow(runtime, place);
  const { owner, token, queue } = row;
  const circle = await findCircle(place, {
    row: (each) => readRow(runtime, each),
    waits: (session) => readWaits(runtime, session),
  });
  const holder = owner && {
    label: owner.label,
    token,
    since: owner.ownedSince,
    expiresAt: owner.expiresAt,
    session: owner.session,
    isClaiming: owner.renewals === 0,
  };
  const waiters = queue.map(({ label, session }) => ({ label, session }));
  return { kind, name, holder, queue: waiters, circle };
}

async function readRow(runtime: Runtime, { kind, name }: Place): Promise<OwnershipRow> {
  return await read(runtime, kind, name, (item) => parseOwnershipRow(item));
}

async function readWaits(runtime: Runtime, session: string): Promise<readonly Place[]> {
  const item = await read(runtime, 'session', session, (each) => each);
  const waits = item?.[ATTRIBUTE.waits];
  if (item?.[ATTRIBUTE.owner] !== session || !Array.isArray(waits)) return [];
  return waits.flatMap((pk) => placeOf(runtime, pk) ?? []);
}

async function read<Row>(
  runtime: Runtime,
  kind: OwnershipKind,
  name: string,
  parse: (item: Item | undefined) => Row,
): Promise<Row> {
  const client = new RecordClient(runtime, ownershipKey(runtime.namespace, kind, name), parse);
  const reading = await client.read(true);
  if (reading.kind === 'read') return reading.row;
  throw errorOfFailure(`reading ${kind} '${name}'`, reading.failure);
}

/** What a key stands for; `undefined`: nothing that can be explained. */
function placeOf({ namespace }: Runtime, pk: unknown): Place | undefined {
  for (const kind of ['lock', 'election'] as const) {
    const prefix = ownershipKey(namespace, kind, '').pk;
    if (typeof pk === 'string' && pk.startsWith(prefix)) {
      return { kind, name: pk.slice(prefix.length) };
    }
  }
  return undefined;
}
