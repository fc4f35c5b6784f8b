import type { OwnershipRow } from '../lease/row.ts';

/** A row that can be held and waited for, by the parts of its key. */
export interface Place {
  readonly kind: 'lock' | 'election';
  readonly name: string;
}

/** One party of a circle: it holds one thing, and waits for what the next party holds. */
export interface CircleLink {
  readonly session: string;
  /** The label of its process. */
  readonly label: string;
  readonly holds: Place;
  readonly waitsFor: Place;
}

/** Where the rows are read. `undefined`: there is no such thing. */
export interface Sight {
  readonly row: (place: Place) => Promise<OwnershipRow>;
  /** What a living session waits for. */
  readonly waits: (session: string) => Promise<readonly Place[]>;
}

/** A link, and by what to tell that it has stood all the time. */
interface Edge extends CircleLink {
  readonly token: number;
  /** The entry in the line of what is waited for. */
  readonly entry: string;
}

/** A circle of more than this many is not looked for. */
const LINKS_MAX = 16;

/**
 * Follows who waits for whom, from what is held at `from`, until somebody comes up again; empty
 * when nobody does. The rows are read one after the other, so a circle is believed only if a second
 * look finds every link of it unchanged: then all of them stood at once, in between.
 */
export async function findCircle(from: Place, sight: Sight): Promise<readonly CircleLink[]> {
  const circle = await follow(from, sight, []);
  for (const edge of circle) if (!(await stands(edge, sight))) return [];
  return circle.map(({ session, label, holds, waitsFor }) => ({ session, label, holds, waitsFor }));
}

async function follow(holds: Place, sight: Sight, path: readonly Edge[]): Promise<readonly Edge[]> {
  const { owner, token } = await sight.row(holds);
  const session = owner?.session;
  if (owner === undefined || session === undefined || path.length >= LINKS_MAX) return [];
  const first = path.findIndex((edge) => edge.session === session);
  // It may have been met first by another of its holds than the one that closes the circle.
  if (first >= 0) return path.slice(first).with(0, { ...(path[first] as Edge), holds, token });
  for (const waitsFor of await sight.waits(session)) {
    const { queue } = await sight.row(waitsFor);
    // What the session's row says is as old as its last beat; the line itself is not.
    const entry = queue.find((each) => each.session === session)?.id;
    if (entry === undefined) continue;
    const edge = { session, label: owner.label, holds, waitsFor, token, entry };
    const circle = await follow(waitsFor, sight, [...path, edge]);
    if (circle.length > 0) return circle;
  }
  return [];
}

async function stands({ session, holds, token, waitsFor, entry }: Edge, sight: Sight) {
  const [held, wanted] = [await sight.row(holds), await sight.row(waitsFor)];
  const isHeld = held.owner?.session === session && held.token === token;
  return isHeld && wanted.queue.some(({ id }) => id === entry);
}
