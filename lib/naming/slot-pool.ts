import { retry, stopWith, type Try, tryAgain } from '../core/retry.ts';
import { closeAll } from '../lease/close.ts';
import type { Lease } from '../lease/lease.ts';
import { OwnershipLine } from '../lease/line.ts';
import { SessionWatch } from '../lease/session-watch.ts';
import type { Terms } from '../lease/terms.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import { type NamingKind, namingKey } from '../store/naming-schema.ts';
import type { StoreFailure } from '../store/store.ts';
import {
  parseSlotRow,
  rememberLabel,
  SLOT_PREFIX,
  type SlotRow,
  type SlotWish,
  slotSortKey,
  slotsInDoubt,
  slotsToTry,
} from './slot-rows.ts';
import { type SlotHolder, SlotsFullError } from './slots-full-error.ts';

/** A slot that was granted. */
export interface SlotGrant {
  readonly number: number;
  readonly lease: Lease;
  readonly line: OwnershipLine;
}

const UNAVAILABLE_MAX_MS = 5_000;
/** How often all slots are looked at anew, when others were faster at each that was free. */
const LOOKS_MAX = 4;

/** The slots of one name: one ownership row each, all in one partition. */
export class SlotPool {
  readonly title: string;
  readonly #runtime: Runtime;
  readonly #kind: NamingKind;
  readonly #name: string;
  readonly #sessions: SessionWatch;
  readonly #lines = new Map<number, OwnershipLine>();

  constructor(runtime: Runtime, kind: NamingKind, name: string) {
    this.title = `${kind} '${name}'`;
    this.#runtime = runtime;
    this.#kind = kind;
    this.#name = name;
    this.#sessions = new SessionWatch(runtime);
    runtime.closers.add(() => closeAll([...this.#lines.values()], []));
  }

  /** @throws SlotsFullError, and as `Lock.tryAcquire` */
  async acquire(terms: Terms, wish: Omit<SlotWish, 'time' | 'label'>): Promise<SlotGrant> {
    const { label, tableClock } = this.#runtime;
    for (let look = 1; ; look += 1) {
      const rows = await this.rows();
      const whole = { ...wish, label, time: tableClock.now() };
      const free = slotsToTry(rows, whole);
      const others = free.length > 0 ? [] : slotsInDoubt(rows, whole);
      for (const number of [...free, ...others]) {
        const grant = await this.#try(number, terms, rows);
        if (grant !== undefined) return grant;
      }
      const isFull = free.length === 0 || look >= LOOKS_MAX;
      if (isFull) throw new SlotsFullError(this.title, wish.size, holdersOf(rows));
    }
  }

  /** Every slot that has a row. Consistent: what is seen as free costs a write to try. */
  async rows(): Promise<SlotRow[]> {
    const { pk } = this.#key(0);
    const rows: SlotRow[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#page(pk, after);
      rows.push(...page.items.map(parseSlotRow));
      if (page.next === undefined) return rows;
      after = page.next;
    }
  }

  async #page(pk: string, after: string | undefined) {
    const { clock, random, store, closing } = this.#runtime;
    const request = { pk, range: { prefix: SLOT_PREFIX }, consistent: true, after };
    let failure: StoreFailure | undefined;
    const deadlineMs = clock.monotonicMs() + UNAVAILABLE_MAX_MS;
    type Page = Extract<Awaited<ReturnType<typeof store.query>>, { kind: 'page' }>;
    const page = await retry(
      { clock, random, deadlineMs, signal: closing },
      async (): Promise<Try<Page | undefined>> => {
        const result = await store.query(request);
        if (result.kind === 'page') return stopWith(result);
        failure = result.failure;
        return failure.retryable ? tryAgain : stopWith(undefined);
      },
    );
    if (page !== undefined) return page;
    closing.throwIfAborted();
    throw errorOfFailure(
      `reading ${this.title}`,
      failure ?? { reason: 'unavailable', retryable: true, message: 'no answer' },
    );
  }

  async #try(
    number: number,
    terms: Terms,
    rows: readonly SlotRow[],
  ): Promise<SlotGrant | undefined> {
    const line = this.#line(number);
    // A slot that this process holds already is not granted to it a second time.
    if (line.leases.length > 0) return undefined;
    const result = await line.tryOnce(terms);
    if (result.kind !== 'granted') return undefined;
    const { lease } = result;
    const { label, store } = this.#runtime;
    const isRemembered = rows.find((row) => row.number === number)?.lastLabel === label;
    // Whatever becomes of it: what is not remembered is only a preference.
    if (!isRemembered) await store.write(rememberLabel(lease, label));
    if (lease.remainingMs() > 0) return { number, lease, line };
    // The process stood still meanwhile: others may have the slot by now.
    await line.release(lease);
    return undefined;
  }

  #line(number: number): OwnershipLine {
    const known = this.#lines.get(number);
    if (known !== undefined) return known;
    const title = `slot ${number} of ${this.title}`;
    const line = new OwnershipLine(this.#runtime, this.#sessions, title, this.#key(number));
    this.#lines.set(number, line);
    return line;
  }

  #key(number: number) {
    const { namespace } = this.#runtime;
    return namingKey(namespace, this.#kind, this.#name, slotSortKey(number));
  }
}

export function holdersOf(rows: readonly SlotRow[]): SlotHolder[] {
  return rows.flatMap(({ number, ownership: { owner } }) => {
    if (owner === undefined) return [];
    const { label, ownedSince: since, expiresAt } = owner;
    return { number, label, since, expiresAt };
  });
}
