import { sleep } from '../core/clock.ts';
import { HoldfastError, InvalidArgumentError } from '../errors.ts';
import { insist, type Move } from '../lease/insist.ts';
import { RecordClient } from '../lease/record-client.ts';
import { checkKnown, checkWhole } from '../option-checks.ts';
import {
  checkObserveOptions,
  checkValue,
  DEFAULT_POLL_MS,
  type ObserveOptions,
} from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import { namingKey } from '../store/naming-schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import type { Item, Value } from '../store/value.ts';
import { formOf } from './name-form.ts';
import { claim, isHeld, type NameRow, parseNameRow, releaseName } from './name-row.ts';

/** A name that somebody has. Times are epoch milliseconds on the table's clock. */
export interface NamedEntry {
  /** The name as it was written. */
  readonly name: string;
  /** The form in which it is compared: two names of one form are one name. */
  readonly form: string;
  readonly owner: string;
  readonly meta: Value | undefined;
  readonly claimedAt: number | undefined;
  /** Until when the name is its owner's unless he claims it again; `undefined`: for good. */
  readonly expiresAt: number | undefined;
}

export interface ClaimOptions {
  /** Who takes the name: an account, a service. 1 to 256 characters. */
  readonly owner: string;
  /** A JSON value of at most 512 bytes. */
  readonly meta?: Value | undefined;
  /** Until when without another claim, 2,000 to 86,400,000 milliseconds. @default for good */
  readonly leaseMs?: number | undefined;
}

export interface ReleaseNameOptions {
  readonly owner: string;
  /** For how long only the same owner can claim it again, up to a year. @default not at all */
  readonly holdMs?: number | undefined;
}

/** What has become of a name since the last look. */
export interface NameChange {
  readonly kind: 'claimed' | 'changed' | 'gone';
  readonly entry: NamedEntry;
}

const LEASE_MS_MAX = 86_400_000;
const HOLD_MS_MAX = 366 * 86_400_000;

/**
 * A directory in which each name belongs to one owner: user names, host names, tenants.
 *
 * Names are compared by their form (NFKC, case folded, single spaces) and shown as they were
 * written. Guarantees: of two owners who claim one name at the same moment, one gets it; a claim,
 * release or rename that is repeated by its owner changes nothing more. All names of a scope are
 * in one partition, which takes 1,000 writes a second.
 */
export class Names {
  readonly scope: string;
  readonly #runtime: Runtime;

  constructor(runtime: Runtime, scope: string) {
    this.scope = scope;
    this.#runtime = runtime;
  }

  /**
   * Takes a name that is free, or prolongs and changes what its owner has. One consistent read and
   * one write unit.
   *
   * @throws `name-taken`, InvalidArgumentError, `clock-unknown` (with a lease), and as
   *   `Lock.tryAcquire`
   */
  async claim(name: string, options: ClaimOptions): Promise<NamedEntry> {
    checkKnown(options, ['owner', 'meta', 'leaseMs']);
    const { owner, meta, leaseMs } = options;
    checkOwner(owner);
    if (meta !== undefined) checkValue(meta);
    if (leaseMs !== undefined) checkWhole('leaseMs', leaseMs, 2_000, LEASE_MS_MAX);
    const form = formOf(name);
    const change = this.#runtime.random.id();
    const display = name.trim();
    const row = await this.#change(form, change, (seen, client) => {
      const time = client.time();
      if (isHeld(seen, time) && seen.owner !== owner) return this.#taken(name);
      const isKept = seen.owner === undefined && seen.heldFor !== owner;
      const { heldUntil } = seen;
      if (isKept && heldUntil !== undefined && !(time && heldUntil < time.earliest)) {
        return this.#taken(name);
      }
      if (leaseMs !== undefined && time === undefined) return this.#clockless(name);
      return claim({ key: client.key, change, seen, owner, display, meta, leaseMs, time });
    });
    return entryOf(form, row);
  }

  /**
   * Who has a name; `undefined`: nobody. One consistent read.
   *
   * @throws InvalidArgumentError, and as `Lock.holder`
   */
  async resolve(name: string): Promise<NamedEntry | undefined> {
    const form = formOf(name);
    const client = this.#client(form);
    const reading = await client.read(true);
    if (reading.kind === 'failed') throw errorOfFailure(`reading '${name}'`, reading.failure);
    return isHeld(reading.row, client.time()) ? entryOf(form, reading.row) : undefined;
  }

  /**
   * Changes one name of an owner into another: claims the new one with the old one's `meta`, then
   * releases the old one. At no moment has nobody or somebody else either; between the two writes
   * both lead to the owner. A process that dies in between leaves him both: repeat the call, which
   * goes on where it ended. Of several renames of one name at once, each gets its new name.
   *
   * @throws `name-taken` when the new name is another's or the old one is not the owner's,
   *   InvalidArgumentError, and as `Lock.tryAcquire`
   */
  async rename(from: string, to: string, options: ReleaseNameOptions): Promise<NamedEntry> {
    const { owner, heldMs } = checkRelease(options);
    const [oldForm, newForm] = [formOf(from), formOf(to)];
    const old = await this.resolve(from);
    if (oldForm === newForm) {
      if (old?.owner !== owner) throw this.#taken(from);
      return this.claim(to, { owner, meta: old.meta });
    }
    const target = await this.resolve(to);
    // Done before, up to its answer: the old name is gone and the new one is ours.
    if (old?.owner !== owner && target?.owner === owner) return target;
    if (old?.owner !== owner) throw this.#taken(from);
    if (target !== undefined && target.owner !== owner) throw this.#taken(to);
    const entry = await this.claim(to, { owner, meta: old.meta });
    await this.#release(oldForm, owner, heldMs);
    return entry;
  }

  /**
   * Gives a name up. `false`: it was not the owner's. One consistent read and one write unit.
   *
   * @throws InvalidArgumentError, `clock-unknown` (with a hold), and as `Lock.tryAcquire`
   */
  async release(name: string, options: ReleaseNameOptions): Promise<boolean> {
    const { owner, heldMs } = checkRelease(options);
    return this.#release(formOf(name), owner, heldMs);
  }

  /** Every name that somebody has, in the order of their forms; a page of the table at a time. */
  async *list(options: { readonly prefix?: string } = {}): AsyncGenerator<NamedEntry> {
    checkKnown(options, ['prefix']);
    const prefix = options.prefix === undefined ? '' : formOf(options.prefix);
    const { store, tableClock, namespace } = this.#runtime;
    const { pk } = namingKey(namespace, 'names', this.scope, '=');
    const range = { prefix: `=${prefix}` };
    for (let after: string | undefined; ; ) {
      this.#runtime.closing.throwIfAborted();
      const page = await store.query({ pk, range, consistent: true, after });
      if (page.kind === 'failed') throw errorOfFailure(`listing '${this.scope}'`, page.failure);
      for (const item of page.items) {
        const row = parseNameRow(item);
        if (isHeld(row, tableClock.now())) yield entryOf(String(item.sk).slice(1), row);
      }
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  /**
   * What changes, by reading the whole list again and again: what came and went between two looks
   * is not seen. Begins with a `claimed` for each name that there is. Ends with its signal.
   */
  async *watch(options: ObserveOptions = {}): AsyncGenerator<NameChange> {
    checkObserveOptions(options);
    const { pollMs = DEFAULT_POLL_MS, signal } = options;
    let known = new Map<string, NamedEntry>();
    while (signal?.aborted !== true) {
      const present = new Map<string, NamedEntry>();
      for await (const entry of this.list()) present.set(entry.form, entry);
      yield* differences(known, present);
      known = present;
      await sleep(this.#runtime.clock, pollMs, signal);
      this.#runtime.closing.throwIfAborted();
    }
  }

  async #release(form: string, owner: string, heldMs: number): Promise<boolean> {
    const change = this.#runtime.random.id();
    const row = await this.#change(form, change, (seen, client) => {
      if (seen.owner !== owner) return undefined;
      const time = client.time();
      if (heldMs > 0 && time === undefined) return this.#clockless(form);
      const heldUntil = heldMs > 0 && time ? Math.ceil(time.latest + heldMs) : undefined;
      return releaseName(client.key, owner, change, heldUntil, seen);
    });
    return row.change === change;
  }

  /** Changes a name's row; what an unanswered request has done is told by its `change`. */
  #change(
    form: string,
    change: string,
    write: (
      row: NameRow,
      client: RecordClient<NameRow>,
    ) => UpdateRequest | HoldfastError | undefined,
  ): Promise<NameRow> {
    const client = this.#client(form);
    const title = `name '${form}'`;
    /** The row that our last write was for, and whether that write may have been applied. */
    let writtenFor: NameRow | undefined;
    let isUnsure = false;
    return insist(this.#runtime, client, title, ({ row }): Move<NameRow> => {
      if (row === undefined) {
        isUnsure = writtenFor !== undefined;
        return { kind: 'read' };
      }
      if (row.change === change) return { kind: 'done', result: row };
      const known = writtenFor?.change;
      if (isUnsure && row.change !== known && row.changeBefore !== known) {
        const message = `${title}: it was changed again before the table answered`;
        return { kind: 'refuse', error: new HoldfastError('store-unavailable', message) };
      }
      if (row.change !== known) isUnsure = false;
      const request = write(row, client);
      writtenFor = row;
      if (request === undefined) return { kind: 'done', result: row };
      if (request instanceof HoldfastError) return { kind: 'refuse', error: request };
      return { kind: 'write', request };
    });
  }

  #client(form: string): RecordClient<NameRow> {
    // Behind a sign, so that a name cannot be the key of another kind of row.
    const key = namingKey(this.#runtime.namespace, 'names', this.scope, `=${form}`);
    return new RecordClient(this.#runtime, key, (item: Item | undefined) => parseNameRow(item));
  }

  #taken(name: string): HoldfastError {
    const message = `names '${this.scope}': '${name}' is another's, or kept for another`;
    return new HoldfastError('name-taken', message);
  }

  #clockless(name: string): HoldfastError {
    const message = `name '${name}': no answer of the table says what time it is`;
    return new HoldfastError('clock-unknown', message);
  }
}

function* differences(
  known: ReadonlyMap<string, NamedEntry>,
  present: ReadonlyMap<string, NamedEntry>,
): Generator<NameChange> {
  for (const [form, entry] of known) if (!present.has(form)) yield { kind: 'gone', entry };
  for (const [form, entry] of present) {
    const before = known.get(form);
    if (before === undefined) yield { kind: 'claimed', entry };
    else if (JSON.stringify(before) !== JSON.stringify(entry)) yield { kind: 'changed', entry };
  }
}

function entryOf(form: string, row: NameRow): NamedEntry {
  const { owner = '', display = form, meta, claimedAt, expiresAt } = row;
  return { name: display, form, owner, meta, claimedAt, expiresAt };
}

function checkRelease(options: ReleaseNameOptions): { owner: string; heldMs: number } {
  checkKnown(options, ['owner', 'holdMs']);
  checkOwner(options.owner);
  const heldMs = options.holdMs ?? 0;
  checkWhole('holdMs', heldMs, 0, HOLD_MS_MAX);
  return { owner: options.owner, heldMs };
}

function checkOwner(owner: unknown): void {
  if (typeof owner === 'string' && owner.length > 0 && owner.length <= 256) return;
  throw new InvalidArgumentError('owner', 'a string of 1 to 256 characters', owner);
}
