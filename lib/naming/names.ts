import { sleep } from '../core/clock.ts';
import type { TableTime } from '../core/table-clock.ts';
import { HoldfastError } from '../errors.ts';
import { insist, type Move } from '../lease/insist.ts';
import { RecordClient } from '../lease/record-client.ts';
import { SessionWatch } from '../lease/session-watch.ts';
import { endOf } from '../lease/terms.ts';
import { checkKnown } from '../option-checks.ts';
import { checkObserveOptions, DEFAULT_POLL_MS, type ObserveOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { errorOfFailure } from '../store/failure-error.ts';
import { namingKey } from '../store/naming-schema.ts';
import type { UpdateRequest } from '../store/store.ts';
import type { Item } from '../store/value.ts';
import { differences, entryOf, type NameChange, type NamedEntry } from './name-entry.ts';
import { formOf } from './name-form.ts';
import {
  type ClaimOptions,
  checkClaim,
  checkRelease,
  type ReleaseNameOptions,
} from './name-options.ts';
import {
  type ClaimWrite,
  claim,
  isHeld,
  isKeptFrom,
  type NameRow,
  parseNameRow,
  releaseName,
} from './name-row.ts';
import { shared } from './shared.ts';

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
  readonly #sessions: SessionWatch;

  constructor(runtime: Runtime, scope: string) {
    this.scope = scope;
    this.#runtime = runtime;
    this.#sessions = shared(runtime, 'sessions of names', () => new SessionWatch(runtime));
  }

  /**
   * Takes a name that is free, or prolongs and changes what its owner has. One consistent read and
   * one write unit; in the way of a session's name, a look at that, and one write to kill it.
   *
   * Under a session the name is its owner's for as long as that lives, and nothing prolongs it. A
   * session that is lost takes the names with it: its signal says so before others can have them.
   *
   * @throws `name-taken`, InvalidArgumentError, `clock-unknown` (with a lease), the end of the
   *   session, and as `Lock.tryAcquire`
   */
  async claim(name: string, options: ClaimOptions): Promise<NamedEntry> {
    checkClaim(options);
    const { owner, meta, leaseMs, under } = options;
    const session = await under?.lease(this.#runtime);
    const entry = await this.#claim(name, { owner, meta, leaseMs, session: session?.id });
    if (session === undefined || session.remainingMs() > 0) return entry;
    // Granted under a session that was over by the time of the answer.
    await this.#release(formOf(name), owner, 0);
    throw endOf(session);
  }

  /**
   * Who has a name; `undefined`: nobody. One consistent read; for one under a session, now and
   * then another one to see whether that still lives.
   *
   * @throws InvalidArgumentError, and as `Lock.holder`
   */
  async resolve(name: string): Promise<NamedEntry | undefined> {
    const form = formOf(name);
    const client = this.#client(form);
    const reading = await client.read(true);
    if (reading.kind === 'failed') throw errorOfFailure(`reading '${name}'`, reading.failure);
    return this.#entryOf(form, reading.row, client.time());
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
      return this.#claim(to, { ...old, leaseMs: undefined });
    }
    const target = await this.resolve(to);
    // Done before, up to its answer: the old name is gone and the new one is ours.
    if (old?.owner !== owner && target?.owner === owner) return target;
    if (old?.owner !== owner) throw this.#taken(from);
    if (target !== undefined && target.owner !== owner) throw this.#taken(to);
    const entry = await this.#claim(to, { ...old, leaseMs: undefined });
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
        const entry = await this.#entryOf(String(item.sk).slice(1), row, tableClock.now());
        if (entry !== undefined) yield entry;
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

  async #claim(
    name: string,
    wish: Pick<ClaimWrite, 'owner' | 'meta' | 'leaseMs' | 'session'>,
  ): Promise<NamedEntry> {
    const form = formOf(name);
    const client = this.#client(form);
    const change = this.#runtime.random.id();
    const dead = new Set<string>();
    for (;;) {
      /** The session in the way, of which it is not known whether it lives. */
      let suspect: string | undefined;
      const decide = (seen: NameRow) => {
        const time = client.time();
        const isOthers = isHeld(seen, time) && seen.owner !== wish.owner;
        const isSessionDead = seen.session !== undefined && dead.has(seen.session);
        suspect = isOthers && !isSessionDead ? seen.session : undefined;
        if ((isOthers && !isSessionDead) || isKeptFrom(wish.owner, seen, time)) {
          return this.#taken(name);
        }
        if (wish.leaseMs !== undefined && time === undefined) return this.#clockless(name);
        const display = name.trim();
        const { key } = client;
        return claim({ ...wish, key, change, seen, display, isSessionDead, time });
      };
      try {
        return entryOf(form, await this.#change(client, form, change, decide));
      } catch (error) {
        if (suspect === undefined || !(await this.#sessions.isDead(suspect))) throw error;
        dead.add(suspect);
      }
    }
  }

  /** The entry of a name that somebody has, as far as is known of the time and of sessions. */
  async #entryOf(
    form: string,
    row: NameRow,
    time: TableTime | undefined,
  ): Promise<NamedEntry | undefined> {
    const { session } = row;
    if (!isHeld(row, time)) return undefined;
    if (session !== undefined && (await this.#sessions.isDead(session))) return undefined;
    return entryOf(form, row);
  }

  async #release(form: string, owner: string, heldMs: number): Promise<boolean> {
    const change = this.#runtime.random.id();
    const client = this.#client(form);
    const row = await this.#change(client, form, change, (seen) => {
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
    client: RecordClient<NameRow>,
    form: string,
    change: string,
    write: (row: NameRow) => UpdateRequest | HoldfastError | undefined,
  ): Promise<NameRow> {
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
      const request = write(row);
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
