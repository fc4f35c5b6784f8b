import { invariant } from '../core/invariant.ts';
import type { Random } from '../core/random.ts';

const ID_LENGTH = 20;
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** 2^-32: turns 32 random bits into a fraction. */
const FRACTION_PER_UINT32 = 2 ** -32;

/** First outputs of the generator still show the seed, so they are thrown away. */
const WARM_UP_ROUNDS = 12;

/**
 * Randomness that repeats: the same seed gives the same numbers and ids. The generator is sfc32
 * (Chris Doty-Humphrey, PractRand). Not for secrets, and ids are unique only within one seed.
 */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed Any number or text; different seeds give unrelated sequences. */
  constructor(seed: number | string) {
    [this.#a, this.#b, this.#c] = spreadSeed(`${seed}`);
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) this.uint32();
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  fraction(): number {
    return this.uint32() * FRACTION_PER_UINT32;
  }

  id(): string {
    let id = '';
    while (id.length < ID_LENGTH) {
      // Five letters of six bits each from one draw of 32.
      let bits = this.uint32();
      for (let letter = 0; letter < 5; letter += 1) {
        id += ID_ALPHABET.charAt(bits & 63);
        bits >>>= 6;
      }
    }
    return id;
  }

  /** True with the given probability. Draws even at 0 and 1: a rate must not shift the rest. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.fraction() * (to - from);
  }

  /** An integer from `from` to `to`, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T {
    invariant(choices.length > 0, 'there is something to pick from');
    return choices[this.integer(0, choices.length - 1)] as T;
  }

  /**
   * A generator of its own, that depends on this one's present state and `label` and leaves this
   * one as it is: one part of a test may draw more often without changing what another part sees.
   */
  fork(label: string): SeededRandom {
    return new SeededRandom(`${this.#a},${this.#b},${this.#c},${this.#counter}/${label}`);
  }
}

/** Three well mixed words from any text: FNV-1a, each word from another basis, then finalised. */
function spreadSeed(text: string): [number, number, number] {
  return [0x811c9dc5, 0x9747b28c, 0x2c1b3c6d].map((basis) => {
    let hash = basis;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }) as [number, number, number];
}
