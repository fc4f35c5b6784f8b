import type { Member, MemberChange, MembershipRun, View } from './membership.ts';
import type { Seeded } from './seeded.ts';

export interface GroupRunOptions {
  readonly random: Seeded;
  /** How long a member is unseen before the sweep takes it for dead; below 30 it is a bug. */
  readonly deadAfterMs?: number;
  /** Whether observers read the head before the members; the other way round is a bug. */
  readonly headFirst?: boolean;
  /** How often a change is not announced by a new revision, and so stays unseen: a bug. */
  readonly silenceRate?: number;
}

const LEASE_MS = 30;
const STEPS_MS = 600;
const QUIET_FROM_MS = 450;
const OBSERVERS = ['observer 1', 'observer 2'];

/**
 * A real group in true time: members that beat, crash and leave; a sweep; observers that poll the
 * head, and read the members when its revision is new.
 */
export function runGroup(options: GroupRunOptions): MembershipRun {
  const group = new SimulatedGroup(options);
  for (let nowMs = 1; nowMs <= STEPS_MS; nowMs += 1) {
    if (nowMs < QUIET_FROM_MS && nowMs % 20 === 1) group.join(nowMs);
    group.live(nowMs);
    if (nowMs % 10 === 0) group.sweep(nowMs);
    group.announce(nowMs);
    group.poll(nowMs);
  }
  return {
    members: group.members,
    changes: group.changes,
    views: group.views,
    observers: OBSERVERS,
    endMs: STEPS_MS,
    goneWithinMs: LEASE_MS + 25,
    aliveForMs: LEASE_MS,
    agreeWithinMs: 25,
  };
}

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] };

interface SimulatedMember extends Mutable<Member> {
  readonly beatsMs: number[];
}

class SimulatedGroup {
  readonly members: SimulatedMember[] = [];
  readonly changes: Mutable<MemberChange>[] = [];
  readonly views: Mutable<View>[] = [];
  readonly #options: Required<GroupRunOptions>;
  /** Ids of the members that the table shows. */
  readonly #rows = new Set<string>();
  readonly #announcementsMs: number[] = [];
  readonly #polls = OBSERVERS.map(() => ({ revision: 0, members: [] as readonly string[] }));
  #revision = 0;

  constructor(options: GroupRunOptions) {
    this.#options = { deadAfterMs: LEASE_MS, headFirst: true, silenceRate: 0, ...options };
  }

  join(nowMs: number): void {
    const id = `member ${this.members.length + 1}`;
    this.members.push({ id, beatsMs: [nowMs] });
    this.#change('joined', id, nowMs);
  }

  live(nowMs: number): void {
    const { random } = this.#options;
    for (const member of this.members) {
      if (member.endedMs !== undefined) continue;
      if (nowMs - lastBeatMs(member) >= 10 + random.below(10)) member.beatsMs.push(nowMs);
      if (nowMs > QUIET_FROM_MS || !random.chance(0.005)) continue;
      member.endedMs = nowMs;
      // The other half crashes, and is left to the sweep.
      const leaves = random.chance(0.5) && this.#rows.has(member.id);
      if (leaves) this.#change('left', member.id, nowMs);
    }
  }

  sweep(nowMs: number): void {
    for (const member of this.members) {
      if (!this.#rows.has(member.id)) continue;
      const isDead = nowMs - lastBeatMs(member) >= this.#options.deadAfterMs;
      if (isDead) this.#change('removed', member.id, nowMs);
    }
  }

  announce(nowMs: number): void {
    if (!this.#announcementsMs.includes(nowMs)) return;
    this.#revision += 1;
    for (const change of this.changes) change.revision = Math.min(change.revision, this.#revision);
  }

  /** Observers read one half, head or members, and two steps later the other. */
  poll(nowMs: number): void {
    for (const [index, observer] of OBSERVERS.entries()) {
      const phase = (nowMs + 3 * index) % 8;
      const members = [...this.#rows];
      if (phase === 0) this.#polls[index] = { revision: this.#revision, members };
      const first = this.#polls[index];
      if (phase !== 2 || first === undefined) continue;
      if (this.#options.headFirst) this.#show(observer, first.revision, members, nowMs);
      else this.#show(observer, this.#revision, first.members, nowMs);
    }
  }

  #change(kind: MemberChange['kind'], member: string, atMs: number): void {
    const { random, silenceRate } = this.#options;
    if (kind === 'joined') this.#rows.add(member);
    else this.#rows.delete(member);
    this.changes.push({ kind, member, atMs, revision: Infinity });
    if (!random.chance(silenceRate)) this.#announcementsMs.push(atMs + 1 + random.below(3));
  }

  #show(observer: string, revision: number, members: readonly string[], nowMs: number): void {
    const previous = this.views.findLast((view) => view.observer === observer);
    if (previous?.revision === revision) return;
    if (previous !== undefined) previous.untilMs = nowMs;
    this.views.push({ observer, revision, members, fromMs: nowMs, untilMs: STEPS_MS });
  }
}

function lastBeatMs({ beatsMs }: SimulatedMember): number {
  return beatsMs.at(-1) ?? 0;
}
