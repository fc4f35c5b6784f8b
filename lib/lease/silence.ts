import type { OwnershipRow } from './row.ts';

/**
 * One observer's memory of an owner: since when it has seen not one renewal. Counted on the
 * monotonic clock from *after* the observer's own read, so that no clock but its own rate
 * matters (rule 3). Remembered across tries, so that repeated tries get a dead lock too.
 */
export class SilenceObserver {
  #seen: { readonly sign: string; readonly sinceMs: number } | undefined;

  /** Notes what a read or a refusal has just shown. */
  note(row: OwnershipRow, nowMs: number): void {
    const { owner } = row;
    if (owner === undefined) {
      this.#seen = undefined;
      return;
    }
    const sign = signOf(row);
    if (this.#seen?.sign !== sign) this.#seen = { sign, sinceMs: nowMs };
  }

  /** Whether the owner in `row` has been silent for the whole lease that it has stored. */
  isSilent(row: OwnershipRow, nowMs: number): boolean {
    const { owner } = row;
    if (owner === undefined || this.#seen?.sign !== signOf(row)) return false;
    return nowMs - this.#seen.sinceMs > owner.leaseMs;
  }

  /** Milliseconds until the owner may be called silent, if it stays so. */
  untilSilentMs(row: OwnershipRow, nowMs: number): number {
    const { owner } = row;
    if (owner === undefined) return 0;
    // A hold under a session gives no signs of life of its own.
    if (owner.session !== undefined) return Number.POSITIVE_INFINITY;
    const sinceMs = this.#seen?.sign === signOf(row) ? this.#seen.sinceMs : nowMs;
    return Math.max(0, sinceMs + owner.leaseMs - nowMs);
  }
}

/** Changes with every sign of life: owner, token and renewals. */
function signOf(row: OwnershipRow): string {
  return `${row.owner?.id} ${row.token} ${row.owner?.renewals}`;
}
