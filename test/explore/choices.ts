/** Answers every question of an execution. Given the same answers, an execution repeats itself. */
export interface Chooser {
  /** A number below `count`. */
  choose(count: number): number;
}

/** One decision of an execution: which of how many. */
interface Choice {
  readonly count: number;
  readonly taken: number;
}

/** A part of the tree, so that several processes can share the work. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

/** Branches that the shares deal out among them differ in a decision at most this deep. */
const SHARE_DEPTH = 6;

/**
 * Walks every sequence of choices that a program can ask for, depth first, by running the
 * program again and again: it needs no way to go back, only to be deterministic.
 *
 * ```ts
 * const tree = new ChoiceTree();
 * while (tree.next()) run(tree);
 * ```
 */
export class ChoiceTree implements Chooser {
  readonly #share: Share;
  readonly #path: Choice[] = [];
  #depth = 0;
  #branches = 0;
  #started = false;

  constructor(share: Share = { index: 0, of: 1 }) {
    this.#share = share;
  }

  /** Turns to the next execution. False when all have been. */
  next(): boolean {
    this.#depth = 0;
    if (!this.#started) {
      this.#started = true;
      return true;
    }
    // Counts up like a number whose digits have different bases.
    for (;;) {
      const last = this.#path.pop();
      if (last === undefined) return false;
      if (last.taken + 1 === last.count) continue;
      this.#path.push({ count: last.count, taken: last.taken + 1 });
      return true;
    }
  }

  choose(count: number): number {
    if (!Number.isInteger(count) || count < 1) throw new RangeError(`nothing to choose: ${count}`);
    const known = this.#path[this.#depth];
    this.#depth += 1;
    if (known === undefined) {
      this.#path.push({ count, taken: 0 });
      return 0;
    }
    // The same answers led to another question: what ran depends on something besides them.
    if (known.count !== count) {
      const was = `decision ${this.#depth} had ${known.count} options`;
      throw new Error(`not deterministic: ${was}, and now ${count}`);
    }
    return known.taken;
  }

  /** What was chosen in this execution, to replay it. */
  taken(): number[] {
    return this.#path.slice(0, this.#depth).map((choice) => choice.taken);
  }

  /**
   * To be asked after an execution: whether it belongs to this share. If not, everything else that
   * begins alike is left out too. To know where a branch begins, every share walks it once.
   */
  isOurs(): boolean {
    if (this.#share.of === 1) return true;
    const beginsBranch = this.#path.slice(SHARE_DEPTH).every((choice) => choice.taken === 0);
    if (beginsBranch) this.#branches += 1;
    const ours = this.#branches % this.#share.of === this.#share.index;
    if (!ours) this.#path.length = Math.min(this.#path.length, SHARE_DEPTH);
    return ours;
  }
}

/** Gives the answers of one known execution, and the first option where they end. */
export class Replay implements Chooser {
  readonly #taken: readonly number[];
  #asked = 0;

  constructor(taken: readonly number[]) {
    this.#taken = taken;
  }

  choose(count: number): number {
    const answer = this.#taken[this.#asked] ?? 0;
    this.#asked += 1;
    if (answer < count) return answer;
    throw new Error(`decision ${this.#asked} has only ${count} options, not ${answer + 1}`);
  }
}

export function pick<T>(chooser: Chooser, options: readonly T[]): T {
  return options[chooser.choose(options.length)] as T;
}
