import type { Runtime } from '../runtime.ts';
import type { DocumentTable } from './document-table.ts';
import { dispensable, expireVersion, type Head, parseHead, raiseFloor } from './protocol.ts';

/** How long versions are kept. */
export interface HistoryOptions {
  /** How many at least: 1 to 100,000. @default 100 */
  readonly versions?: number | undefined;
  /**
   * For how long a version is kept after another has replaced it, in milliseconds from 60,000, even
   * if there are less than `versions`. @default without limit
   */
  readonly maxAgeMs?: number | undefined;
}

/**
 * How long a row stays after its version was given up: longer than a request can be late, so that
 * no late claim finds its number free; and for watchers in the middle of it.
 */
const GRACE_SECONDS = 3_600;

/** Gives up versions that are too many or too old: first the head says so, then they expire. */
export class Compactor {
  readonly #table: DocumentTable;
  readonly #runtime: Runtime;

  constructor(table: DocumentTable) {
    this.#table = table;
    this.#runtime = table.runtime;
  }

  /** Lets rows above `before` and up to the head's floor expire. One write for each. */
  async expire(before: number, floor: number): Promise<void> {
    const time = this.#runtime.tableClock.now();
    if (time === undefined) return;
    const ttlSeconds = Math.ceil(time.latest / 1_000) + GRACE_SECONDS;
    for (let version = before + 1; version <= floor; version += 1) {
      if (this.#runtime.closing.aborted) return;
      await this.#runtime.store.write(expireVersion(this.#table.key, version, ttlSeconds));
    }
  }

  /** Gives up all that `keep` allows; how many versions that were. */
  async compact(keep: HistoryOptions & { readonly versions: number }): Promise<number> {
    const head = await this.#table.freshHead();
    const byCount = head.version - keep.versions;
    const byAge = keep.maxAgeMs === undefined ? 0 : await this.#tooOld(head, keep.maxAgeMs);
    const floor = Math.min(Math.max(byCount, byAge), dispensable(head));
    if (floor <= head.floor) return 0;
    const change = this.#runtime.random.id();
    const sentMs = this.#runtime.clock.monotonicMs();
    const request = raiseFloor(this.#table.key, head, floor, change);
    const result = await this.#runtime.store.write(request);
    if (result.kind === 'applied' || result.kind === 'refused') {
      this.#table.poller.learn(result.item, sentMs);
    }
    // Refused or unanswered: nothing expires that no head has given up; the next one tries again.
    if (result.kind !== 'applied') return 0;
    await this.expire(head.floor, parseHead(result.item).floor);
    return floor - head.floor;
  }

  /** The newest version that was replaced longer ago than that. */
  async #tooOld(head: Head, maxAgeMs: number): Promise<number> {
    const time = this.#runtime.tableClock.now();
    if (time === undefined) return 0;
    let tooOld = head.floor;
    for await (const { version, publishedAt } of this.#table.versions(
      head.floor + 2,
      head.version,
    )) {
      if (publishedAt === undefined || publishedAt >= time.earliest - maxAgeMs) break;
      tooOld = version - 1;
    }
    return tooOld;
  }
}
