import type { ReleaseResult } from '../../../lib/lease/give-up.ts';
import { ownershipKey } from '../../../lib/store/schema.ts';
import { checkExclusion } from '../../check/exclusion.ts';
import { fencedMutexModel, type MutexInput, type MutexOutput } from '../../check/fenced-mutex.ts';
import { checkFencing, type Grant } from '../../check/fencing.ts';
import { completed, type History } from '../../check/history.ts';
import { checkLinearizable } from '../../check/linearizable.ts';
import { eventCounter, HistoryRecorder, type PendingOperation } from '../../check/recorder.ts';
import { narrowByTokens } from '../../check/token-order.ts';
import type { Arrival } from '../traced-store.ts';
import type { Judgement } from '../workload.ts';
import { GuardedCounter } from './guarded-counter.ts';
import { HeldClaims } from './held-claims.ts';
import { NAMESPACE } from './session.ts';

/** A call of somebody who wants the lock. */
export interface AcquireCall {
  granted(token: number): GrantedHold;
}

/** A hold, from its grant on. */
export interface GrantedHold {
  /** The release begins: by the holder, or by a session that closes. Only the first time counts. */
  beginRelease(): void;
  /** What the release came to, if anybody was told. */
  released(result: ReleaseResult): void;
}

/** Everything that clients were told about one lock, and every grant that the table ever showed. */
export class LockRecord {
  readonly name: string;
  readonly counter: GuardedCounter;
  readonly claims = new HeldClaims();
  readonly grants: Grant[] = [];
  readonly #now = eventCounter();
  readonly #releases = new HistoryRecorder<MutexInput, MutexOutput>(this.#now);
  readonly #pk: string;
  /** When the table first showed each token. */
  readonly #shownAt = new Map<number, number>();

  constructor(name: string, options: { readonly isFenced: boolean }) {
    this.name = name;
    this.#pk = ownershipKey(NAMESPACE, 'lock', name).pk;
    this.counter = new GuardedCounter(name, this.#now, options);
  }

  onArrival(arrival: Arrival): void {
    this.counter.onArrival(arrival);
    if (arrival.kind !== 'write' || arrival.result.kind !== 'applied') return;
    const { item } = arrival.result;
    const token = item?.pk === this.#pk ? item.token : undefined;
    if (typeof token === 'number' && !this.#shownAt.has(token)) {
      this.#shownAt.set(token, this.#now());
    }
  }

  callAcquire(holder: string): AcquireCall {
    const calledAt = this.#now();
    return {
      granted: (token) => {
        this.grants.push({ holder, token, calledAt, returnedAt: this.#now() });
        return this.#hold(holder, token);
      },
    };
  }

  judge(): readonly Judgement[] {
    const { name, grants, counter, claims } = this;
    const { writes, applied } = counter;
    const history = this.#history();
    return [
      {
        name: `fencing of ${name}`,
        verdict: checkFencing({ grants, writes, applied, refusesAfter: 'write' }),
      },
      { name: `exclusion of ${name}`, verdict: checkExclusion(claims.intervals) },
      {
        name: `linearizability of ${name}`,
        verdict: checkLinearizable(narrowByTokens(history), fencedMutexModel({ lapses: true })),
        isLinearizability: true,
      },
      {
        name: `linearizability of the counter of ${name}`,
        verdict: counter.judge(),
        isLinearizability: true,
      },
    ];
  }

  /**
   * The lock's history. An acquire without an answer is in it only if the table shows that it was
   * granted: to leave all of them open would make the search hopeless, and would find less.
   */
  #history(): History<MutexInput, MutexOutput> {
    const acquire: MutexInput = { kind: 'acquire' };
    const granted = (token: number): MutexOutput => ({ kind: 'granted', token });
    const unanswered = new Map(this.#shownAt);
    for (const { token } of this.grants) unanswered.delete(token);
    return [
      ...this.grants.map(({ holder, calledAt, returnedAt, token }) => {
        // The threads of a process share a place in line: one may get what the table had granted
        // the place before the thread came, and what others had lost by then.
        const from = Math.min(calledAt, this.#shownAt.get(token) ?? calledAt);
        return completed(holder, from, returnedAt, acquire, granted(token));
      }),
      ...Array.from(unanswered, ([token, at]) =>
        completed('nobody', at, at, acquire, granted(token)),
      ),
      // Where leases lapse a release without an answer explains nothing that a lapse does not, and
      // each would double the orders to search.
      ...this.#releases.history().filter(({ kind }) => kind === 'completed'),
    ];
  }

  #hold(holder: string, token: number): GrantedHold {
    let release: PendingOperation<MutexOutput> | undefined;
    return {
      beginRelease: () => {
        release ??= this.#releases.call(holder, { kind: 'release', token });
      },
      released: ({ outcome }) => {
        if (outcome === 'lost') release?.returned({ kind: 'lost' });
        else if (outcome !== 'unknown') release?.returned({ kind: 'done' });
      },
    };
  }
}
