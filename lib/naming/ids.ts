import type { Timer } from '../core/clock.ts';
import { ClosedError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { IdIssuer } from './id-issuer.ts';
import { type DecodedId, decodeId, type IdLayout } from './id-layout.ts';
import { IdReserve } from './id-reserve.ts';
import type { IdSettings } from './options.ts';

/** Reservations in one length of them: the table may miss all but one. */
const TOP_UPS = 3;

/**
 * Ids that no other process makes, roughly in the order of time, without a request for each.
 *
 * Guarantees: no id twice under one name, whatever any clock of a client says or does, and whoever
 * is paused, killed or robbed of its slot: an id's timestamp comes from a range that the table
 * has acknowledged to one process only. Ids of one instance only rise. The timestamp is the
 * table's time, up to `reserveMs` ahead after a crash or under more load than the layout has
 * numbers for. Costs one write unit per third of `reserveMs`, and those of a lease, for each
 * process.
 *
 * ```ts
 * const orders = ids(holdfast, 'orders');
 * await orders.ready();
 * const id = orders.next();
 * ```
 */
export class Ids<Id extends bigint | string | number> implements AsyncDisposable {
  readonly name: string;
  /** The next id, at once. @throws `ids-exhausted`; await {@link ready} before. */
  readonly next: () => Id;
  readonly #runtime: Runtime;
  readonly #settings: IdSettings;
  readonly #issuer: IdIssuer;
  readonly #reserve: IdReserve;
  #reserving: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed: Promise<void> | undefined;

  constructor(runtime: Runtime, name: string, settings: IdSettings) {
    this.name = name;
    this.#runtime = runtime;
    this.#settings = settings;
    this.#reserve = new IdReserve(runtime, name, settings);
    this.#issuer = new IdIssuer(runtime.clock, settings.layout, this.#reserve.title);
    const issuer = this.#issuer;
    const makers = {
      bigint: () => issuer.bigint(),
      number: () => issuer.number(),
      string: () => issuer.string(),
    };
    this.next = makers[settings.as] as () => Id;
    runtime.closers.add(async () => {
      await this.close();
      return { released: 0, unreleased: [] };
    });
  }

  get layout(): IdLayout {
    return this.#settings.layout;
  }

  /**
   * Resolves when ids can be issued for at least half of `reserveMs`. Sends nothing if they can
   * already; in Lambda mode, where nothing runs in the background, call it in each invocation.
   *
   * @throws SlotsFullError, `layout-mismatch`, `clock-unknown`, `store-unavailable`,
   *   `table-missing`, `access-denied`, `closed`
   */
  async ready(): Promise<void> {
    this.#throwIfClosed();
    if (this.#issuer.leftMs >= this.#settings.reserveMs / 2) return;
    await this.#topUp();
    this.#throwIfClosed();
  }

  /**
   * What an id says.
   *
   * @throws InvalidArgumentError for what is not an id of this layout
   */
  decode(id: Id): DecodedId {
    return decodeId(this.#settings.layout, id);
  }

  /** Issues nothing any more, and gives the slot and the timestamps back. Never throws. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#timer?.cancel();
    const { usedUntil } = this.#issuer;
    this.#issuer.stop();
    try {
      await this.#reserving?.catch(() => undefined);
      await this.#reserve.release(usedUntil);
    } catch {
      // What is not given back ends with its lease.
    }
  }

  #topUp(): Promise<void> {
    this.#reserving ??= this.#fill().finally(() => {
      this.#reserving = undefined;
    });
    return this.#reserving;
  }

  async #fill(): Promise<void> {
    const { range, slot, nowTick } = await this.#reserve.reserve(this.#issuer.end);
    if (this.#closed !== undefined) return;
    this.#issuer.add(range, slot, nowTick);
    this.#schedule();
  }

  #schedule(): void {
    const { renews, clock } = this.#runtime;
    if (!renews || this.#closed !== undefined) return;
    this.#timer?.cancel();
    this.#timer = clock.startTimer(this.#settings.reserveMs / TOP_UPS, () => {
      // After a failure there is time for another try, and the one who runs dry hears of it.
      this.#topUp().catch(() => this.#schedule());
    });
  }

  #throwIfClosed(): void {
    this.#runtime.closing.throwIfAborted();
    if (this.#closed !== undefined) throw new ClosedError();
  }
}
