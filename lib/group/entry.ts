import type { Lease } from '../lease/lease.ts';
import { Patience } from '../lease/patience.ts';
import type { Runtime } from '../runtime.ts';
import { GROUP_SORT_KEY, groupKey } from '../store/group-schema.ts';
import type { WriteRequest, WriteResult } from '../store/store.ts';
import type { Item, Key } from '../store/value.ts';
import type { HeadPoller } from '../watch/head-poller.ts';
import type { Beat } from './beat.ts';
import { beatSortKey, deleteBeat } from './beat-row.ts';
import { memberHash } from './digest.ts';
import { announce, type GroupHead } from './head-row.ts';
import {
  changeMember,
  deleteMember,
  type GroupMember,
  memberSortKey,
  parseMember,
  putMember,
} from './member-row.ts';

/** For how long a table that does not answer is asked again. */
const UNAVAILABLE_MAX_MS = 5_000;

/** How often a row that is in the way is looked at anew. */
const ATTEMPTS_MAX = 20;

/** What became of a member's row under a write of its own life. */
export type EntryResult = 'done' | 'gone' | 'evicted';

/** How leaving a group ended, as the table tells it. */
export type LeaveResult =
  /** It was in the group until now. */
  | { readonly outcome: 'left' }
  /** It had been removed before, by a sweep or by a newer life of the same id. */
  | { readonly outcome: 'already-gone' }
  /** The table did not tell in time. A sweep removes it at the latest. */
  | { readonly outcome: 'unknown'; readonly cause: unknown };

/** A write and what it came to, once the table has answered. */
interface Settled {
  readonly kind: 'applied' | 'refused';
  readonly item: Item | undefined;
  /** Whether an earlier send of it went without an answer, and may have taken effect. */
  readonly unsure: boolean;
}

/** The rows of one member, as its own process writes them: beat, member, head (rule 26). */
export class Entry {
  readonly id: string;
  readonly beat: Beat;
  readonly #runtime: Runtime;
  readonly #group: string;
  readonly #poller: HeadPoller<GroupHead>;

  constructor(
    runtime: Runtime,
    group: string,
    poller: HeadPoller<GroupHead>,
    parts: { readonly id: string; readonly beat: Beat },
  ) {
    this.#runtime = runtime;
    this.#group = group;
    this.#poller = poller;
    this.id = parts.id;
    this.beat = parts.beat;
  }

  /** Puts the member row of a life that has its beat, and announces it. Two write units. */
  async enter(member: GroupMember): Promise<EntryResult> {
    const result = await this.#put(member);
    if (result === 'done') await this.#announce(memberHash(member));
    return result;
  }

  /** Changes the row of a life that is in the group, and announces it. Two write units. */
  async change(before: GroupMember, after: GroupMember): Promise<EntryResult> {
    const written = await this.#write(changeMember(this.#key(memberSortKey(this.id)), after));
    const seen = written.item && parseMember(written.item);
    if (seen?.incarnation !== after.incarnation) return seen === undefined ? 'gone' : 'evicted';
    await this.#announce(memberHash(after) - memberHash(before));
    return 'done';
  }

  /** Takes a life out of the group: its beat, its row, the head. Three write units. */
  async leave(lease: Lease, member: GroupMember): Promise<LeaveResult> {
    this.beat.setDown(lease);
    try {
      const { id, token } = lease;
      await this.#write(deleteBeat({ key: this.#key(beatSortKey(this.id)), id, token }), 'leaves');
      const request = deleteMember(this.#key(memberSortKey(this.id)), member.incarnation);
      const removed = await this.#write(request, 'leaves');
      if (removed.kind === 'refused' && !removed.unsure) return { outcome: 'already-gone' };
      await this.#announce(-memberHash(member), 'leaves');
      return { outcome: 'left' };
    } catch (cause) {
      return { outcome: 'unknown', cause };
    }
  }

  async #put(member: GroupMember): Promise<'done' | 'evicted'> {
    const key = this.#key(memberSortKey(this.id));
    let stale: string | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const written = await this.#write(putMember(key, member, stale));
      const seen = written.item && parseMember(written.item);
      if (written.kind === 'applied' || seen?.incarnation === member.incarnation) return 'done';
      // The row is of a newer life; or of an older one that began by a clock which was ahead, and
      // whose beat is gone: then the beat is ours.
      const isOurs = await this.beat.isOf(member.incarnation);
      if (isOurs === false) return 'evicted';
      if (isOurs === true) stale = seen?.incarnation;
    }
    return 'evicted';
  }

  async #announce(digestDelta: number, purpose: Purpose = 'stays'): Promise<void> {
    const sentMs = this.#runtime.clock.monotonicMs();
    const key = this.#key(GROUP_SORT_KEY.head);
    const written = await this.#write(announce(key, digestDelta), purpose);
    this.#poller.learn(written.item, sentMs);
    this.#poller.announce(this.#poller.state?.revision ?? 0);
  }

  /** Sends a write until the table says what became of it. */
  async #write(request: WriteRequest, purpose: Purpose = 'stays'): Promise<Settled> {
    const { store, closing } = this.#runtime;
    const title = `group '${this.#group}', member '${this.id}'`;
    // Who leaves because the instance closes must not be stopped by that.
    const over = purpose === 'leaves' ? NEVER : closing;
    const patience = new Patience(this.#runtime, title, over, UNAVAILABLE_MAX_MS);
    for (let unsure = false; ; ) {
      over.throwIfAborted();
      const result: WriteResult = await store.write(request);
      if (result.kind === 'applied') return { kind: 'applied', item: result.item, unsure };
      if (result.kind === 'refused') {
        return { kind: 'refused', item: result.item, unsure };
      }
      unsure ||= result.kind === 'unknown';
      await patience.failure(result.failure);
    }
  }

  #key(sk: string): Key {
    return groupKey(this.#runtime.namespace, this.#group, sk);
  }
}

type Purpose = 'stays' | 'leaves';

const NEVER = new AbortController().signal;
