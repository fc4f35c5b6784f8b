import { parseBeat } from '../../../lib/group/beat-row.ts';
import { parseMember } from '../../../lib/group/member-row.ts';
import type { WriteRequest } from '../../../lib/store/store.ts';
import type { Item } from '../../../lib/store/value.ts';
import type { VirtualClock } from '../../../lib/testing/virtual-clock.ts';
import {
  checkAccuracy,
  checkConvergence,
  checkFreshness,
  type Member,
  type MemberChange,
  type MembershipRun,
  type View,
} from '../../check/membership.ts';
import type { Arrival } from '../traced-store.ts';
import type { Judgement } from '../workload.ts';

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] };

/** One life of a member, as the table has seen it. */
interface LifeRecord extends Member {
  readonly beatsMs: number[];
}

export interface GroupBounds {
  readonly leaseMs: number;
  /** Within this time of the last change all must agree. */
  readonly agreeWithinMs: number;
}

/** What a rate error of the observer's clock can take off a lease. */
const RATE_MARGIN = 0.999;

/** The true history of one group, from the requests that took effect and the views shown. */
export class GroupRecord {
  readonly #bounds: GroupBounds;
  readonly #lives = new Map<string, LifeRecord>();
  readonly #changes: Mutable<MemberChange>[] = [];
  readonly #kills: MemberChange[] = [];
  readonly #over = new Set<string>();
  readonly #views: Mutable<View>[] = [];
  readonly #present = new Map<string, string>();
  readonly #observers = new Set<string>();
  #clock: VirtualClock | undefined;
  #endMs: number | undefined;

  constructor(bounds: GroupBounds) {
    this.#bounds = bounds;
  }

  get joins(): number {
    return this.#changes.filter(({ kind }) => kind === 'joined').length;
  }

  get kills(): number {
    return this.#kills.length;
  }

  begin(clock: VirtualClock): void {
    this.#clock ??= clock;
  }

  /** Called when everybody should agree: what comes later is not judged. */
  end(observers: readonly string[]): void {
    for (const observer of observers) this.#observers.add(observer);
    this.#endMs ??= this.#nowMs();
  }

  show(observer: string, revision: number, members: readonly string[]): void {
    if (this.#endMs !== undefined) return;
    const nowMs = this.#nowMs();
    const before = this.#views.findLast((view) => view.observer === observer);
    if (before !== undefined) before.untilMs = nowMs;
    this.#views.push({ observer, revision, members, fromMs: nowMs, untilMs: Infinity });
  }

  onArrival({ kind, ...arrival }: Arrival): void {
    if (kind !== 'write' || this.#endMs !== undefined) return;
    const { request, result } = arrival as Extract<Arrival, { kind: 'write' }>;
    if (result.kind !== 'applied') return;
    const { sk } = 'item' in request ? request.item : request.key;
    if (sk.startsWith('beat#')) this.#onBeat(request, result.item);
    if (sk.startsWith('member#')) this.#onMember(sk, result.item);
    if (sk === 'head') this.#onHead(Number(result.item?.revision));
  }

  judge(): readonly Judgement[] {
    const { leaseMs, agreeWithinMs } = this.#bounds;
    const endMs = this.#endMs ?? this.#nowMs();
    const run: MembershipRun = {
      members: [...this.#lives.values()],
      changes: this.#changes,
      views: this.#views.map((view) => this.#limited(view, endMs)),
      observers: [...this.#observers],
      endMs,
      // Who has gone is gone from the views that agree at the end.
      goneWithinMs: Infinity,
      aliveForMs: leaseMs * RATE_MARGIN,
      agreeWithinMs,
    };
    return [
      { name: 'accuracy', verdict: checkAccuracy({ ...run, changes: this.#kills }) },
      { name: 'freshness', verdict: checkFreshness(run) },
      { name: 'convergence', verdict: checkConvergence(run) },
    ];
  }

  #limited(view: View, endMs: number): View {
    if (view.untilMs !== Infinity) return view;
    // A process that has gone shows nothing; those that owe a view at the end are listed.
    return { ...view, untilMs: this.#observers.has(view.observer) ? endMs : view.fromMs };
  }

  #onBeat(request: WriteRequest, item: Item | undefined): void {
    const nowMs = this.#nowMs();
    if (request.kind === 'delete') {
      const text = JSON.stringify(request.condition);
      const isKill = text.includes('"expiresAt"') || text.includes('"renewals"');
      const [, member] = /"owner"\],"operator":"=","value":"([^"]+)"/.exec(text) ?? [];
      if (member === undefined || this.#over.has(member)) return;
      this.#over.add(member);
      if (isKill) this.#kills.push({ member, kind: 'removed', atMs: nowMs, revision: Infinity });
      return;
    }
    const owner = item === undefined ? undefined : parseBeat(item).row.owner;
    // A life whose beat was deleted is over: a late copy of its begin does not bring it back.
    if (owner === undefined || this.#over.has(owner.id)) return;
    const life = this.#lives.get(owner.id) ?? { id: owner.id, beatsMs: [] };
    this.#lives.set(owner.id, life);
    const startWallMs = (this.#clock?.wallMs() ?? 0) - nowMs;
    // One that arrives late counts from when it was sent: its sender counts so, too.
    const promisedMs = (owner.expiresAt ?? Infinity) - owner.leaseMs - startWallMs;
    life.beatsMs.push(Math.min(nowMs, promisedMs));
  }

  #onMember(sk: string, item: Item | undefined): void {
    const before = this.#present.get(sk);
    const now = item === undefined ? undefined : parseMember(item).incarnation;
    if (before === now) return;
    const atMs = this.#nowMs();
    if (before !== undefined) {
      this.#changes.push({ member: before, kind: 'left', atMs, revision: Infinity });
    }
    if (now === undefined) this.#present.delete(sk);
    else {
      this.#present.set(sk, now);
      this.#changes.push({ member: now, kind: 'joined', atMs, revision: Infinity });
    }
  }

  /** Whoever reads this revision and then the members sees every change before it. */
  #onHead(revision: number): void {
    for (let index = this.#changes.length - 1; index >= 0; index -= 1) {
      const change = this.#changes[index];
      if (change === undefined || change.revision !== Infinity) break;
      change.revision = revision;
    }
  }

  #nowMs(): number {
    return this.#clock?.monotonicMs() ?? 0;
  }
}
