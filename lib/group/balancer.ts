import { InvalidArgumentError } from '../errors.ts';
import { checkKnown, checkNumber } from '../option-checks.ts';
import type { Runtime } from '../runtime.ts';
import { candidatesOf, serving } from './candidates.ts';
import type { GroupMember } from './member-row.ts';
import { NoMemberError } from './no-member-error.ts';
import { type OutlierOptions, Outliers } from './outliers.ts';
import { ownersOf } from './rendezvous.ts';
import type { GroupView } from './view.ts';

/**
 * - `two-choices`: of two random members the one with less work of this process, by weight. Near to
 *   the best there is, without asking anybody.
 * - `round-robin`: one after the other.
 * - `random`: any.
 * - `weighted`: any, in proportion to the weights.
 */
export type Strategy = 'two-choices' | 'round-robin' | 'random' | 'weighted';

export interface BalancerOptions {
  /** @default 'two-choices' */
  readonly strategy?: Strategy | undefined;
  /** The zone to stay in, while it has enough members. @default none */
  readonly zone?: string | undefined;
  /** With fewer usable members in the zone, the work spills over to all: from 1. @default 2 */
  readonly zoneMin?: number | undefined;
  /** When members whose requests fail are given a rest. `false`: never. @default 5 in a row */
  readonly outliers?: OutlierOptions | false | undefined;
}

/** A member that was picked. Say how it went, or the next picks know nothing of it. */
export interface Pick extends Disposable {
  readonly member: GroupMember;
  /** The work is done. Disposing says the same. */
  done(): void;
  /** The member did not do it: not reachable, too late, an error of its own. */
  failed(): void;
}

interface Candidate {
  readonly member: GroupMember;
  /** Sum of the weights up to and with this one. */
  readonly weightUpTo: number;
  readonly load: Load;
}

/** Outlives the choices, which are made anew whenever the group changes. */
interface Load {
  /** Picks under way. */
  inFlight: number;
}

const STRATEGIES: readonly Strategy[] = ['two-choices', 'round-robin', 'random', 'weighted'];
const OWNERS_MEMORISED_MAX = 10_000;

/** Picks members of a group for work, by what this process knows of them. Sends nothing. */
export class Balancer {
  readonly #source: { readonly name: string; readonly current: GroupView | undefined };
  readonly #runtime: Runtime;
  readonly #strategy: Strategy;
  readonly #preference: { readonly zone: string | undefined; readonly zoneMin: number };
  readonly #outliers: Outliers | undefined;
  readonly #owners = new Map<string, readonly GroupMember[]>();
  readonly #loads = new Map<string, Load>();
  readonly #nowMs = () => this.#runtime.clock.monotonicMs();
  #ownersOf: readonly GroupMember[] | undefined;
  #members: readonly GroupMember[] | undefined;
  #candidates: readonly Candidate[] = [];
  #next = 0;

  constructor(
    source: { readonly name: string; readonly current: GroupView | undefined },
    runtime: Runtime,
    options: BalancerOptions,
  ) {
    checkKnown(options, ['strategy', 'zone', 'zoneMin', 'outliers']);
    const { strategy = 'two-choices', zone, zoneMin = 2, outliers = {} } = options;
    if (!STRATEGIES.includes(strategy)) {
      throw new InvalidArgumentError('strategy', `one of ${STRATEGIES.join(', ')}`, strategy);
    }
    checkNumber('zoneMin', zoneMin, 1, 1_000_000);
    if (outliers !== false) {
      checkKnown(outliers, ['failures', 'restMs', 'partMax']);
      checkNumber('failures', outliers.failures, 1, 1_000);
      checkNumber('restMs', outliers.restMs, 1, 3_600_000);
      checkNumber('partMax', outliers.partMax, 0, 1);
    }
    this.#source = source;
    this.#runtime = runtime;
    this.#strategy = strategy;
    this.#preference = { zone, zoneMin };
    this.#outliers = outliers === false ? undefined : new Outliers(outliers);
  }

  /**
   * A member for the next piece of work; none of `except`, as long as there is another.
   *
   * @throws NoMemberError when there is nobody, or nothing is known yet
   */
  pick({ except }: { readonly except?: readonly GroupMember[] | undefined } = {}): Pick {
    const all = this.#current();
    const others =
      except === undefined ? all : all.filter(({ member }) => !isAmong(member, except));
    const chosen = this.#choose(others.length > 0 ? others : all);
    if (chosen === undefined) throw new NoMemberError(this.#source.name, this.#whyNobody());
    return new PickedMember(chosen, this);
  }

  /** Picks, runs `work`, and notes how it went. A rejection counts as the member's failure. */
  async using<Result>(work: (member: GroupMember) => Promise<Result> | Result): Promise<Result> {
    const pick = this.pick();
    try {
      const result = await work(pick.member);
      pick.done();
      return result;
    } catch (error) {
      pick.failed();
      throw error;
    }
  }

  /**
   * The member for a key, such as a cache entry or a shard: the same in every process that has the
   * same view. Changes only with the group, and for few keys.
   *
   * @throws NoMemberError
   */
  owner(key: string): GroupMember {
    const [owner] = this.owners(key);
    if (owner !== undefined) return owner;
    throw new NoMemberError(this.#source.name, this.#whyNobody());
  }

  /** The members for a key, the first one first; fewer than `replicas` when there are not more. */
  owners(
    key: string,
    { replicas = 1 }: { readonly replicas?: number } = {},
  ): readonly GroupMember[] {
    checkNumber('replicas', replicas, 1, 1_000);
    const members = this.#source.current?.members ?? [];
    const isFull = this.#owners.size >= OWNERS_MEMORISED_MAX;
    if (this.#ownersOf !== members || isFull) this.#owners.clear();
    this.#ownersOf = members;
    const name = `${replicas} ${key}`;
    const owners = this.#owners.get(name) ?? ownersOf(serving(members), key, replicas);
    this.#owners.set(name, owners);
    return owners;
  }

  /** @internal */
  note(candidate: Candidate, isDone: boolean): void {
    candidate.load.inFlight -= 1;
    const { incarnation } = candidate.member;
    if (isDone) this.#outliers?.succeeded(incarnation);
    else if (this.#outliers?.failed(incarnation, this.#incarnations(), this.#nowMs()) === true) {
      this.#members = undefined;
    }
  }

  #current(): readonly Candidate[] {
    const members = this.#source.current?.members ?? [];
    const isAsBefore = this.#members === members;
    if (isAsBefore && this.#outliers?.hasReturns(this.#nowMs) !== true) return this.#candidates;
    const nowMs = this.#nowMs();
    this.#members = members;
    this.#outliers?.keep(this.#incarnations(), nowMs);
    const rests = (incarnation: string) => this.#outliers?.rests(incarnation, nowMs) ?? false;
    for (const [incarnation, { inFlight }] of this.#loads) {
      if (inFlight === 0) this.#loads.delete(incarnation);
    }
    let weightUpTo = 0;
    this.#candidates = candidatesOf(members, this.#preference, rests).map((member) => {
      weightUpTo += member.weight;
      const load = this.#loads.get(member.incarnation) ?? { inFlight: 0 };
      this.#loads.set(member.incarnation, load);
      return { member, weightUpTo, load };
    });
    return this.#candidates;
  }

  #choose(candidates: readonly Candidate[]): Candidate | undefined {
    const count = candidates.length;
    switch (this.#strategy) {
      case 'round-robin':
        this.#next = (this.#next + 1) % Math.max(1, count);
        break;
      case 'random':
        this.#next = this.#random(count);
        break;
      case 'weighted': {
        const drawn = this.#runtime.random.fraction() * (candidates.at(-1)?.weightUpTo ?? 0);
        this.#next = firstBeyond(candidates, drawn);
        break;
      }
      case 'two-choices': {
        const one = this.#random(count);
        // Not the same twice: of two members the idle one is always found.
        const other = (one + 1 + this.#random(count - 1)) % Math.max(1, count);
        this.#next = loadOf(candidates[one]) <= loadOf(candidates[other]) ? one : other;
      }
    }
    const chosen = candidates[this.#next];
    if (chosen !== undefined) chosen.load.inFlight += 1;
    return chosen;
  }

  #random(count: number): number {
    return Math.floor(this.#runtime.random.fraction() * Math.max(0, count));
  }

  #incarnations(): readonly string[] {
    return serving(this.#source.current?.members ?? []).map(({ incarnation }) => incarnation);
  }

  #whyNobody(): string {
    if (this.#source.current === undefined) return 'nothing is known of it: nothing follows it';
    return 'it has no member that could be given work';
  }
}

class PickedMember implements Pick {
  readonly #candidate: Candidate;
  readonly #balancer: Balancer;
  #isOver = false;

  constructor(candidate: Candidate, balancer: Balancer) {
    this.#candidate = candidate;
    this.#balancer = balancer;
  }

  get member(): GroupMember {
    return this.#candidate.member;
  }

  done(): void {
    this.#end(true);
  }

  failed(): void {
    this.#end(false);
  }

  [Symbol.dispose](): void {
    this.#end(true);
  }

  #end(isDone: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#balancer.note(this.#candidate, isDone);
  }
}

/** Position of the candidate whose share of the weights holds `drawn`. */
function firstBeyond(candidates: readonly Candidate[], drawn: number): number {
  let [from, to] = [0, candidates.length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (drawn < (candidates[middle]?.weightUpTo ?? 0)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function loadOf(candidate: Candidate | undefined): number {
  if (candidate === undefined) return Number.POSITIVE_INFINITY;
  return candidate.load.inFlight / candidate.member.weight;
}

function isAmong({ incarnation }: GroupMember, members: readonly GroupMember[]): boolean {
  return members.some((member) => member.incarnation === incarnation);
}
