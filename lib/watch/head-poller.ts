import { onAbort } from '../core/abort.ts';
import type { Timer } from '../core/clock.ts';
import type { Runtime } from '../runtime.ts';
import type { Item } from '../store/value.ts';
import type { FollowOptions, HeadSight, HeadSpec } from './head-sight.ts';
import { afterLook, type HeadState } from './head-state.ts';
import type { Hint } from './hints.ts';
import { msUntilPoll } from './pace.ts';

interface Follower<Head> extends FollowOptions {
  readonly onSight: (sight: HeadSight<Head>) => void;
}

interface Flight<Head> {
  readonly sentMs: number;
  readonly consistent: boolean;
  readonly landed: Promise<HeadSight<Head>>;
}

export type { FollowOptions, HeadSight, HeadSpec } from './head-sight.ts';

/** Idle pollers are kept for what they know, but not without bound. */
const IDLE_POLLERS_MAX = 1_000;

/** The one poller of this instance for a row, so that all who watch it share its looks. */
export function headPoller<Head>(runtime: Runtime, spec: HeadSpec<Head>): HeadPoller<Head> {
  const { headPollers } = runtime;
  const key = JSON.stringify(spec.key);
  const known = headPollers.get(key);
  // A key tells the kind of its row, and each kind has one reader.
  if (known !== undefined) return known as unknown as HeadPoller<Head>;
  if (headPollers.size >= IDLE_POLLERS_MAX) {
    for (const [other, poller] of headPollers) if (poller.isIdle) headPollers.delete(other);
  }
  const poller = new HeadPoller(runtime, spec);
  headPollers.set(key, poller as unknown as HeadPoller<unknown>);
  return poller;
}

/** A fleet that a hint wakes at once would read at once. */
const SPLAY_MS = 20;
/** A replica lags for a moment. A row that stays behind for longer is asked for consistently. */
const LAGGING_LOOKS_MAX = 3;

/**
 * Looks at one head row for everybody in the process: half a read unit and one request for each
 * interval, whatever the number of followers, and none while nobody follows. The first look is
 * consistent, as is one that a hint asks for; the others are not, and never show anybody an older
 * row than was known.
 */
export class HeadPoller<Head> {
  readonly spec: HeadSpec<Head>;
  readonly #runtime: Runtime;
  readonly #followers = new Set<Follower<Head>>();
  #state: HeadState<Head> | undefined;
  #flight: Flight<Head> | undefined;
  #timer: Timer | undefined;
  /** When the next look is due. */
  #dueMs = Number.POSITIVE_INFINITY;
  #failures = 0;
  #laggingLooks = 0;
  /** The newest revision that a hint told of. */
  #hintedRevision = 0;
  #isConnected = false;
  /** Whether an eventually consistent look may miss what the next one is for. */
  #wantsConsistent = false;
  #stopListening: (() => void) | undefined;

  constructor(runtime: Runtime, spec: HeadSpec<Head>) {
    this.#runtime = runtime;
    this.spec = spec;
  }

  /** Whether nobody follows the row or waits for it. */
  get isIdle(): boolean {
    return this.#followers.size === 0 && this.#flight === undefined;
  }

  /** What is known now; `undefined`: no look has been answered. */
  get state(): HeadState<Head> | undefined {
    return this.#state;
  }

  /** The row as of this call or later, by a consistent look that all who ask at once share. */
  async fresh(): Promise<HeadSight<Head>> {
    const askedMs = this.#nowMs();
    for (;;) {
      const flight = this.#flight ?? this.#look(true);
      const sight = await flight.landed;
      if (flight.consistent && flight.sentMs >= askedMs) return sight;
    }
  }

  /** What is known if it is young enough, else {@link fresh}. */
  async recent(maxAgeMs: number): Promise<HeadSight<Head>> {
    const state = this.#state;
    const isYoung = state !== undefined && this.#nowMs() - state.asOfMs < maxAgeMs;
    return isYoung ? { kind: 'head', state } : this.fresh();
  }

  /** Learns from the answer to a write of the row, sent then. Tells the followers. */
  learn(item: Item | undefined, sentMs: number): void {
    const sight = this.#take(item, sentMs, true);
    this.#tell(sight);
  }

  /** Tells the other processes that the row has changed, where hints are sent by its writers. */
  announce(revision: number): void {
    const { kind, name } = this.spec;
    this.#runtime.hints?.publish?.({ namespace: this.#runtime.namespace, kind, name, revision });
  }

  /**
   * Calls `onSight` after every look, changed or not, until it is told to stop. Starts the polling;
   * the first look is sent at once unless a consistent one was sent within the interval.
   */
  follow(options: FollowOptions, onSight: (sight: HeadSight<Head>) => void): () => void {
    const follower = { ...options, onSight };
    const isFirst = this.#followers.size === 0;
    this.#followers.add(follower);
    if (isFirst) this.#start();
    const asOfMs = isFirst ? this.#state?.consistentAsOfMs : this.#state?.asOfMs;
    const delayMs = (asOfMs ?? Number.NEGATIVE_INFINITY) - this.#nowMs() + this.#intervalMs();
    // The look under way will do for a beginning, and its landing sees to the next.
    if (this.#flight?.consistent !== true) this.#want(delayMs, isFirst && delayMs <= 0);
    return () => {
      if (!this.#followers.delete(follower)) return;
      if (this.#followers.size === 0) this.#stop();
      else this.#arm();
    };
  }

  /**
   * What is known, and then what each look shows, as an iteration that ends with `signal` or when
   * the instance closes. A slow reader gets the newest alone.
   */
  async *sights(
    options: FollowOptions & { readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<HeadSight<Head>, void, undefined> {
    const signals = [options.signal, this.#runtime.closing];
    const isOver = () => signals.some((signal) => signal?.aborted === true);
    const state = this.#state;
    let unseen: HeadSight<Head> | undefined = state && { kind: 'head', state };
    let wake = () => {};
    const stopFollowing = this.follow(options, (sight) => {
      unseen = sight;
      wake();
    });
    const stopListening = onAbort(signals, () => wake());
    try {
      while (!isOver()) {
        const sight = unseen;
        unseen = undefined;
        if (sight !== undefined) yield sight;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      stopListening();
      stopFollowing();
    }
  }

  #start(): void {
    const { hints, namespace, closing } = this.#runtime;
    const { kind, name } = this.spec;
    const stopHints = hints?.subscribe(
      { namespace, kind, name },
      {
        onConnected: () => this.#onConnection(true),
        onDisconnected: () => this.#onConnection(false),
        onHint: (hint) => this.#onHint(hint),
      },
    );
    const stopClosing = onAbort([closing], () => this.#timer?.cancel());
    this.#stopListening = () => {
      stopHints?.();
      stopClosing();
    };
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#isConnected = false;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  #onConnection(isConnected: boolean): void {
    this.#isConnected = isConnected;
    // Of what happened meanwhile no hint will tell, and the next poll may be far away.
    if (isConnected) this.#want(this.#splayMs(), true);
    else this.#want(this.#intervalMs(), false);
  }

  #onHint({ revision }: Hint): void {
    if (revision <= Math.max(this.#hintedRevision, this.#state?.revision ?? 0)) return;
    this.#hintedRevision = revision;
    this.#want(this.#splayMs(), true);
  }

  /** Sees to a look after `delayMs` at the latest. */
  #want(delayMs: number, consistent: boolean): void {
    this.#wantsConsistent ||= consistent;
    this.#dueMs = Math.min(this.#dueMs, this.#nowMs() + delayMs);
    this.#arm();
  }

  #arm(): void {
    this.#timer?.cancel();
    const isOver = this.#followers.size === 0 || this.#runtime.closing.aborted;
    // The landing of the look under way arms again, for what was asked for since it was sent.
    if (isOver || this.#flight !== undefined || this.#dueMs === Number.POSITIVE_INFINITY) return;
    const keepsProcessAlive = [...this.#followers].some((each) => each.keepsProcessAlive === true);
    const delayMs = this.#dueMs - this.#nowMs();
    const isLagging = this.#laggingLooks >= LAGGING_LOOKS_MAX;
    const poll = () => void this.#look(this.#wantsConsistent || isLagging);
    this.#timer = this.#runtime.clock.startTimer(delayMs, poll, { keepsProcessAlive });
  }

  #look(consistent: boolean): Flight<Head> {
    this.#timer?.cancel();
    this.#dueMs = Number.POSITIVE_INFINITY;
    if (consistent) this.#wantsConsistent = false;
    const sentMs = this.#nowMs();
    const flight = { sentMs, consistent, landed: this.#read(consistent, sentMs) };
    this.#flight = flight;
    return flight;
  }

  async #read(consistent: boolean, sentMs: number): Promise<HeadSight<Head>> {
    const { key } = this.spec;
    const answer = await this.#runtime.store.get({ key, consistent });
    const sight =
      answer.kind === 'failed'
        ? answer
        : this.#take(answer.kind === 'found' ? answer.item : undefined, sentMs, consistent);
    this.#flight = undefined;
    this.#failures = sight.kind === 'failed' ? this.#failures + 1 : 0;
    const isStillWanted = sight.kind === 'failed' && consistent;
    this.#want(sentMs - this.#nowMs() + this.#intervalMs(), isStillWanted);
    this.#tell(sight);
    return sight;
  }

  #take(item: Item | undefined, sentMs: number, consistent: boolean): HeadSight<Head> {
    let head: Head;
    try {
      head = this.spec.parse(item);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const failure = { reason: 'invalid-request', retryable: false, message, cause } as const;
      return { kind: 'failed', failure };
    }
    const revision = this.spec.revisionOf(head);
    const isLagging = revision < (this.#state?.revision ?? 0);
    this.#laggingLooks = isLagging ? this.#laggingLooks + 1 : 0;
    const answeredMs = this.#nowMs();
    this.#state = afterLook(this.#state, { head, revision, consistent, sentMs, answeredMs });
    return { kind: 'head', state: this.#state };
  }

  #tell(sight: HeadSight<Head>): void {
    for (const { onSight } of [...this.#followers]) onSight(sight);
  }

  #intervalMs(): number {
    const intervals = [...this.#followers].map(({ pollMs }) => pollMs);
    if (intervals.length === 0) return Number.POSITIVE_INFINITY;
    return msUntilPoll({
      pollMs: Math.min(...intervals),
      isHinted: this.#isConnected,
      failures: this.#failures,
      fraction: this.#runtime.random.fraction(),
    });
  }

  #splayMs(): number {
    return SPLAY_MS * this.#runtime.random.fraction();
  }

  #nowMs(): number {
    return this.#runtime.clock.monotonicMs();
  }
}
