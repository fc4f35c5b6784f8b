import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import { type Instant, instantOf, type TableTime } from '../core/table-clock.ts';
import { HoldfastError } from '../errors.ts';
import type { UpdateRequest } from '../store/store.ts';
import type { DocumentTable } from './document-table.ts';
import { ConfigConflictError } from './errors.ts';
import {
  baseOf,
  changeRollout,
  claim,
  flip,
  type Head,
  parseHead,
  parseVersion,
  type Retention,
  type RolloutEntry,
  type Version,
  withdraw,
} from './protocol.ts';
import { isDone, type Rollout } from './rollout.ts';

/** How a rollout begins: all but what its publication decides. */
export type RolloutPlan = Pick<Rollout, 'schedule' | 'bakeMs' | 'abortOnReject'>;

/** What is to become the next version. */
export interface Draft {
  /** JSON text; `undefined`: the document is deleted. */
  readonly document: string | undefined;
  readonly expectedVersion: number | undefined;
  readonly by: string | undefined;
  readonly note: string | undefined;
  readonly repeats: number | undefined;
  readonly rollout: RolloutPlan | undefined;
  /** Whether it may end a rollout that is under way. */
  readonly supersede: boolean;
}

/** How long to keep out of each other's way, where many publish at once. */
const CROWD = { firstMs: 20, longestMs: 500 };

/** A head that is older than this is asked for again before its number is claimed. */
const KNOWN_MS_MAX = 60_000;

/** Publishes versions, and changes the rollout of the newest one. One write at a time. */
export class Publisher {
  readonly table: DocumentTable;
  #last: Promise<unknown> = Promise.resolve();

  constructor(table: DocumentTable) {
    this.table = table;
  }

  /**
   * Publishes the draft as the next version: acknowledged when a head that names it was written or
   * read. Two writes when the head is known and nobody else publishes.
   */
  publish(draft: Draft, keep: Retention): Promise<Version> {
    return this.#inTurn(() => this.#publish(draft, keep));
  }

  /** Changes the rollout; `undefined`: it is so already. One write. */
  async changeRollout(
    decide: (head: Head) => { rollout: Rollout | undefined; entry: RolloutEntry } | undefined,
  ): Promise<void> {
    await this.#inTurn(async () => {
      const change = this.table.runtime.random.id();
      const patience = this.table.patience();
      for (let head = await this.table.freshHead(); head.change !== change; ) {
        const wish = decide(head);
        if (wish === undefined) return;
        const { rollout, entry } = wish;
        const request = changeRollout(this.table.key, head, rollout, entry, change);
        const answer = await this.#writeHead(request);
        if (answer.kind === 'head') {
          head = answer.head;
          if (answer.isApplied) this.table.poller.announce(head.revision);
        } else {
          await patience.failure(answer.failure);
          head = await this.table.freshHead();
        }
      }
    });
  }

  async #publish(draft: Draft, keep: Retention): Promise<Version> {
    const { random, clock, closing, tableClock } = this.table.runtime;
    const change = random.id();
    let head = this.#known() ?? (await this.table.freshHead());
    for (let lost = 0; ; lost += 1) {
      closing.throwIfAborted();
      if (this.#objection(draft, head) !== undefined) {
        // What is remembered may be old: nothing is refused on its word.
        head = await this.table.freshHead();
        const objection = this.#objection(draft, head);
        if (objection !== undefined) throw objection;
      }
      const time = tableClock.now();
      if (draft.rollout !== undefined && time === undefined) throw this.#clockless();
      const version = versionOf(draft, head, change, time);
      const sent = instantOf(clock);
      const claimed = await this.#claim(version);
      if (claimed.change === change) {
        const outcome = await this.#complete(head, version, keep);
        if (outcome === 'published') return version;
        await this.#takeBack(version, this.#ageMs(sent));
        head = await this.table.freshHead();
        continue;
      }
      // Somebody was faster and is about to flip the head. Only if he is not, it is on us.
      await sleep(clock, backoffMs(random, lost, CROWD), closing);
      const next = await this.table.freshHead();
      if (next.version === head.version) await this.#complete(next, claimed, keep);
      head = this.table.poller.state?.head ?? next;
    }
  }

  /**
   * The head, if it is known well enough to claim the number after it. A version must also say when
   * it was published: who has not talked to the table for a minute does not know the time.
   */
  #known(): Head | undefined {
    const { poller, runtime } = this.table;
    const { state } = poller;
    if (state === undefined || runtime.tableClock.now() === undefined) return undefined;
    const isOld = runtime.clock.monotonicMs() - state.asOfMs >= KNOWN_MS_MAX;
    return isOld ? undefined : state.head;
  }

  /** Claims the number; the row of whoever has it. */
  async #claim(version: Version): Promise<Version> {
    const { key, runtime } = this.table;
    const patience = this.table.patience();
    for (;;) {
      const result = await runtime.store.write(claim(key, version));
      if (result.kind === 'applied') return version;
      if (result.kind === 'refused' && result.item?.change !== undefined) {
        return parseVersion(result.item);
      }
      if (result.kind === 'refused') await patience.refusal();
      // Unanswered: the next one is refused by our own row, if this one got through.
      else await patience.failure(result.failure);
    }
  }

  /** Flips the head to a version that was claimed, unless somebody has. */
  async #complete(
    seen: Head,
    version: Version,
    keep: Retention,
  ): Promise<'published' | 'outlived'> {
    const patience = this.table.patience();
    for (let head = seen; ; ) {
      if (head.version >= version.version) {
        // A number below the floor was another's long ago, and its row was removed since.
        return version.version <= head.floor ? 'outlived' : 'published';
      }
      const answer = await this.#writeHead(flip(this.table.key, head, version, keep));
      if (answer.kind !== 'head') {
        await patience.failure(answer.failure);
        continue;
      }
      if (answer.isApplied) {
        this.table.poller.announce(answer.head.revision);
        return 'published';
      }
      head = answer.head;
      // A transaction holds the row, or a rollout was changed meanwhile.
      if (head.version < version.version) await patience.refusal();
    }
  }

  /** How long ago that was, by the clock that says more: a suspended host stops one of them. */
  #ageMs(sent: Instant): number {
    const now = instantOf(this.table.runtime.clock);
    return Math.max(now.monotonicMs - sent.monotonicMs, now.wallMs - sent.wallMs);
  }

  /** Removes a claim of a number from the past, which no head will ever name. */
  async #takeBack(version: Version, claimAgeMs: number): Promise<void> {
    const { key, runtime, title } = this.table;
    await runtime.store.write(withdraw(key, version));
    // So long ago, the number may have been ours, published and compacted since.
    if (claimAgeMs <= runtime.requestTimeoutMs) return;
    const message = `${title}: version ${version.version} was published and compacted, or never`;
    throw new HoldfastError('outcome-unknown', message);
  }

  /** Writes the head; what it is afterwards, as far as the answer says. */
  async #writeHead(request: UpdateRequest) {
    const { runtime, poller } = this.table;
    const sentMs = runtime.clock.monotonicMs();
    const result = await runtime.store.write(request);
    if (result.kind === 'failed' || result.kind === 'unknown') {
      return { kind: 'no-answer', failure: result.failure } as const;
    }
    poller.learn(result.item, sentMs);
    const isApplied = result.kind === 'applied';
    return { kind: 'head', head: parseHead(result.item), isApplied } as const;
  }

  #clockless(): HoldfastError {
    const message = `${this.table.title}: no answer of the table says what time it is`;
    return new HoldfastError('clock-unknown', message);
  }

  /** Why the draft cannot follow this head. */
  #objection(draft: Draft, { version, rollout }: Head): HoldfastError | undefined {
    const { expectedVersion, supersede } = draft;
    const { name, title, runtime } = this.table;
    if (expectedVersion !== undefined && expectedVersion !== version) {
      return new ConfigConflictError(name, expectedVersion, version);
    }
    const isOver = rollout === undefined || rollout.state === 'aborted';
    if (isOver || supersede || isDone(rollout, runtime.tableClock.now()?.earliest))
      return undefined;
    const message =
      `${title}: the rollout of version ${rollout.to} is ${rollout.state}; ` +
      'finish or abort it, or publish with `supersede`';
    return new HoldfastError('rollout-active', message);
  }

  /** One after the other: those of one process would only refuse each other. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function versionOf(draft: Draft, head: Head, change: string, time: TableTime | undefined): Version {
  const publishedAt = time && Math.floor(time.latest);
  const { document, by, note, repeats } = draft;
  const to = head.version + 1;
  const isOver = head.rollout !== undefined && isDone(head.rollout, time?.earliest);
  const rollout = draft.rollout && {
    ...draft.rollout,
    from: baseOf(head, isOver),
    to,
    salt: change,
    startedAt: publishedAt ?? 0,
    state: 'running' as const,
    pausedMs: 0,
  };
  return { version: to, document, change, publishedAt, by, note, repeats, rollout };
}
