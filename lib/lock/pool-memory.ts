import type { PoolHolder, PoolRow } from './pool-row.ts';

/** Whoever could take and has not for this long is dead, or will wake up to have lost its place. */
export const IDLE_HEAD_MS = 3_000;

/**
 * One process's memory of a pool: since when it has seen no sign of life of a holder, and since
 * when the head of the line could have taken. Counted on the monotonic clock from *after* its own
 * look, so that no clock but its own rate matters. Remembered across tries.
 */
export class PoolMemory {
  readonly #holders = new Map<string, { readonly sign: string; readonly sinceMs: number }>();
  readonly #deadSessions = new Set<string>();
  #head: { readonly id: string; readonly sinceMs: number } | undefined;

  /** Notes what an answer has just shown. */
  note(row: PoolRow, nowMs: number): void {
    for (const id of this.#holders.keys()) if (!row.holders.has(id)) this.#holders.delete(id);
    for (const holder of row.holders.values()) {
      const sign = signOf(holder);
      if (this.#holders.get(holder.id)?.sign === sign) continue;
      this.#holders.set(holder.id, { sign, sinceMs: nowMs });
    }
    const sessions = sessionsOf(row);
    for (const id of this.#deadSessions) if (!sessions.has(id)) this.#deadSessions.delete(id);
    const head = row.queue[0];
    const isReady = head !== undefined && row.free >= head.permits && row.seats > 0;
    if (!isReady) this.#head = undefined;
    else if (this.#head?.id !== head.id) this.#head = { id: head.id, sinceMs: nowMs };
  }

  /** A session of a holder has ended, for sure. */
  noteDeath(session: string): void {
    this.#deadSessions.add(session);
  }

  isSilent(holder: PoolHolder, nowMs: number): boolean {
    // An entry under a session gives no sign of life of its own.
    if (holder.session !== undefined) return this.#deadSessions.has(holder.session);
    return this.#sinceMs(holder, nowMs) + holder.leaseMs < nowMs;
  }

  isHeadIdle(nowMs: number): boolean {
    return this.#head !== undefined && this.#head.sinceMs + IDLE_HEAD_MS < nowMs;
  }

  /** Milliseconds until somebody in `row` may be called dead, if nothing changes. */
  untilDeathMs(row: PoolRow, nowMs: number): number {
    const ends = [...row.holders.values()]
      .filter(({ session }) => session === undefined)
      .map((holder) => this.#sinceMs(holder, nowMs) + holder.leaseMs);
    if (this.#head !== undefined) ends.push(this.#head.sinceMs + IDLE_HEAD_MS);
    return Math.max(0, Math.min(...ends) - nowMs);
  }

  #sinceMs({ id }: PoolHolder, nowMs: number): number {
    return this.#holders.get(id)?.sinceMs ?? nowMs;
  }
}

/**
 * Changes with every sign of life. By its token too: whoever lost its permits to others while its
 * request was under way may take them again under the same id.
 */
function signOf({ token, renewals }: PoolHolder): string {
  return [token, renewals].join();
}

/** The sessions that holders ride on. */
export function sessionsOf(row: PoolRow): ReadonlySet<string> {
  const all = [...row.holders.values()].flatMap(({ session }) => session ?? []);
  return new Set(all);
}
