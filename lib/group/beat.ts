import { HoldfastError } from '../errors.ts';
import { Lease } from '../lease/lease.ts';
import { OwnershipLine } from '../lease/line.ts';
import type { Owner, OwnershipRow } from '../lease/row.ts';
import { SessionWatch } from '../lease/session-watch.ts';
import type { Terms } from '../lease/terms.ts';
import { proposeToken } from '../lease/token.ts';
import { acquire } from '../lease/writes.ts';
import type { Runtime } from '../runtime.ts';
import type { Key } from '../store/value.ts';

/** Each of them is a renewal of the old life that came in between, or a rival. */
const EVICTIONS_MAX = 20;

/**
 * The beat of one member id as this process takes and keeps it: an ownership row under the one
 * lease protocol, of which the owner is the member's incarnation.
 */
export class Beat {
  readonly #runtime: Runtime;
  readonly #line: OwnershipLine;

  constructor(runtime: Runtime, title: string, key: Key) {
    this.#runtime = runtime;
    this.#line = new OwnershipLine(runtime, new SessionWatch(runtime), title, key);
  }

  /**
   * Takes the beat for a new life. Where an older life is still alive it is evicted, in one write
   * more, if `mayEvict` says so; else the result is `undefined`.
   */
  async take(
    incarnation: string,
    leaseMs: number,
    mayEvict: (owner: Owner) => boolean,
  ): Promise<Lease | undefined> {
    const terms: Terms = { leaseMs, value: undefined, session: undefined };
    for (let evictions = 0; evictions < EVICTIONS_MAX; evictions += 1) {
      const result = await this.#line.tryOnce(terms, incarnation);
      if (result.kind === 'granted') return result.lease;
      const { owner } = result.row;
      if (owner !== undefined && !mayEvict(owner)) return undefined;
      const lease = await this.#evict(result.row, incarnation, terms);
      if (lease !== undefined) return lease;
    }
    const message = `${this.#line.name}: others take it again and again`;
    throw new HoldfastError('store-unavailable', message);
  }

  /** Whether the beat is, as of this call, that of the given life; `undefined`: no answer. */
  async isOf(incarnation: string): Promise<boolean | undefined> {
    const reading = await this.#line.client.read(true);
    return reading.kind === 'failed' ? undefined : reading.row.owner?.id === incarnation;
  }

  /** The lease is no longer kept. What becomes of the row is the caller's business. */
  setDown(lease: Lease): void {
    this.#line.setDown(lease);
  }

  /** Takes the beat of a life that may be alive, on condition that it is as it was seen. */
  async #evict(row: OwnershipRow, incarnation: string, terms: Terms): Promise<Lease | undefined> {
    const { client, name } = this.#line;
    const { closing, label } = this.#runtime;
    closing.throwIfAborted();
    const time = client.time();
    const answer = await client.write(
      acquire({
        ...{ key: client.key, id: incarnation, label, time, leaseMs: terms.leaseMs },
        token: proposeToken(time, row.token),
        session: undefined,
        seenDead: row,
        expiredQueue: row.queue,
        value: undefined,
      }),
    );
    if (answer.kind !== 'applied') return undefined;
    const lease = new Lease(this.#runtime, client, { name, id: incarnation, terms, answer });
    // The answer was under way for longer than the lease lasts: the next try confirms it.
    if (lease.remainingMs() > 0) return lease;
    lease.stop();
    return undefined;
  }
}
