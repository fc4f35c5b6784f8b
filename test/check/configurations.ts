import type { StateId } from './model.ts';

/**
 * The set of configurations that a search has been in: which operations have taken effect, and the
 * state that they left. Exact: a hash finds the candidates, and the bits themselves decide.
 */
export class Configurations {
  /** One bit for each operation that has taken effect, 32 to a word. */
  readonly #effective: Int32Array;
  readonly #byHash = new Map<number, Configuration[]>();
  /** Follows the bits, so that it need not be computed from all of them each time. */
  #hash = 0;
  #size = 0;

  constructor(operations: number) {
    this.#effective = new Int32Array(Math.ceil(operations / 32));
  }

  get size(): number {
    return this.#size;
  }

  /** Lets an operation take effect, or undoes that. */
  flip(index: number): void {
    const word = index >>> 5;
    this.#effective[word] = (this.#effective[word] ?? 0) ^ (1 << (index & 31));
    this.#hash ^= scatter(index);
  }

  /** Adds the present operations with `state`; `false` when they were there already. */
  add(state: StateId): boolean {
    const sameHash = this.#byHash.get(this.#hash);
    if (sameHash === undefined) {
      this.#byHash.set(this.#hash, [{ effective: this.#effective.slice(), state }]);
    } else {
      if (sameHash.some((other) => this.#isPresent(other, state))) return false;
      sameHash.push({ effective: this.#effective.slice(), state });
    }
    this.#size += 1;
    return true;
  }

  #isPresent(other: Configuration, state: StateId): boolean {
    if (other.state !== state) return false;
    return other.effective.every((word, index) => word === this.#effective[index]);
  }
}

interface Configuration {
  readonly effective: Int32Array;
  readonly state: StateId;
}

/** Spreads small numbers over 32 bits (the finalizer of MurmurHash3). */
function scatter(index: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
