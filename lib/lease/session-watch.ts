import type { Runtime } from '../runtime.ts';
import { ownershipKey } from '../store/schema.ts';
import { isLapsed } from './judge.ts';
import type { Lease } from './lease.ts';
import type { OwnershipRow } from './row.ts';
import { RowClient } from './row-client.ts';
import { markWaiters, WAITERS_MAX, type WaiterMark } from './session-waiters.ts';
import { kill } from './session-writes.ts';

/** How often a session is looked at, by each process that waits for something it holds. */
const LOOKS_PER_LEASE = 3;
const SESSIONS_MAX = 1_000;

interface Watched {
  readonly client: RowClient;
  looksAgainAtMs: number;
  isDead: boolean;
  /** Who waits here behind its holds, by acquisition, and has not told it yet. */
  readonly marks: Map<string, WaiterMark>;
  /** Of whom it has been told. */
  readonly told: Set<string>;
  /** The look that is under way: everybody who waits for something of the session shares it. */
  judging: Promise<boolean> | undefined;
}

/** The sessions of a process, by id. */
const OWN = new WeakMap<Runtime, Map<string, Lease>>();

/** Makes known that a session is the process's own. */
export function noteOwnSession(runtime: Runtime, lease: Lease): void {
  const own = OWN.get(runtime) ?? new Map<string, Lease>();
  OWN.set(runtime, own);
  for (const [id, { keeper }] of own) if (!keeper.isHeld) own.delete(id);
  own.set(lease.id, lease);
}

/**
 * Which of the sessions that others ride on are dead, as far as this process has made sure of it.
 * One look, and one kill, serves everything that a session holds.
 */
export class SessionWatch {
  readonly #runtime: Runtime;
  readonly #watched = new Map<string, Watched>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Whether the session has surely ended, so that what it holds may be taken. Looks at its row,
   * now and then; kills it when it finds it lapsed or silent. A session never comes back: a
   * process that lost one begins another.
   *
   * @param waiting Who waits behind one of its holds: a session that lives is told so at the next
   *   look, which is a write then instead of a read.
   */
  async isDead(session: string, waiting?: WaiterMark): Promise<boolean> {
    const watched = this.#watch(session);
    this.#note(watched, waiting);
    const nowMs = this.#runtime.clock.monotonicMs();
    if (watched.isDead || nowMs < watched.looksAgainAtMs) return watched.isDead;
    watched.judging ??= this.#judge(session, watched).finally(() => {
      watched.judging = undefined;
    });
    watched.isDead = await watched.judging;
    return watched.isDead;
  }

  /**
   * Whether the owner of a lock's row is surely dead: with the session that its hold rides on, as
   * in {@link isDead}, or by its silence.
   */
  isOwnerDead(
    name: string,
    client: RowClient,
    row: OwnershipRow,
    waiting?: WaiterMark,
  ): Promise<boolean> | boolean {
    const session = row.owner?.session;
    if (session === undefined || this.#isGhost(session, name, row)) return client.isSilent(row);
    return this.isDead(session, waiting);
  }

  /**
   * Whether the row is held under a living session of this process, and by nobody in it: a late
   * copy of an acquire that had been refused. No lease of its own ends such a hold, so that it
   * would last as long as the session. Take it only when it has been silent for a whole lease: the
   * answer to whoever may be acquiring it just now has come by then, or never will.
   */
  #isGhost(session: string, name: string, { token }: OwnershipRow): boolean {
    const own = OWN.get(this.#runtime)?.get(session);
    return own?.keeper.isHeld === true && !own.keeper.carries(name, token);
  }

  async #judge(session: string, watched: Watched): Promise<boolean> {
    const { client } = watched;
    const row = await this.#look(session, watched);
    if (row === undefined) return false;
    const { owner } = row;
    if (owner?.id !== session) return true;
    const silent = client.isSilent(row);
    const time = client.time();
    if (!silent && !isLapsed(row, time)) {
      watched.looksAgainAtMs = this.#runtime.clock.monotonicMs() + owner.leaseMs / LOOKS_PER_LEASE;
      return false;
    }
    const { token } = row;
    const { renewals } = owner;
    const answer = await client.write(
      kill({ key: client.key, id: session, token, renewals, time, silent }),
    );
    if (answer.kind === 'applied') return true;
    return answer.kind === 'refused' && answer.row.owner?.id !== session;
  }

  /** The session's row, for sure; `undefined`: the table has not answered. */
  async #look(
    session: string,
    { client, marks, told }: Watched,
  ): Promise<OwnershipRow | undefined> {
    // Consistent: that a session is absent must not be a replica's mistake (rule 19).
    const answer = await (marks.size === 0
      ? client.read(true)
      : client.write(markWaiters(client.key, session, [...marks.values()], client.last)));
    if (!('row' in answer)) return undefined;
    if (answer.kind === 'applied') {
      for (const id of marks.keys()) told.add(id);
      marks.clear();
    }
    return answer.row;
  }

  /** Not before the session was seen alive: who takes from a dead one need not tell it. */
  #note({ client, marks, told }: Watched, waiting: WaiterMark | undefined): void {
    if (waiting === undefined || client.last === undefined || told.has(waiting.id)) return;
    if (marks.size < WAITERS_MAX) marks.set(waiting.id, waiting);
  }

  #watch(session: string): Watched {
    const known = this.#watched.get(session);
    if (known !== undefined) return known;
    const oldest = this.#watched.keys().next();
    if (this.#watched.size >= SESSIONS_MAX && oldest.done !== true) {
      this.#watched.delete(oldest.value);
    }
    const key = ownershipKey(this.#runtime.namespace, 'session', session);
    const client = new RowClient(this.#runtime, key);
    const watched = {
      client,
      looksAgainAtMs: Number.NEGATIVE_INFINITY,
      isDead: false,
      marks: new Map(),
      told: new Set<string>(),
      judging: undefined,
    };
    this.#watched.set(session, watched);
    return watched;
  }
}
