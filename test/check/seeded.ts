/** Reproducible randomness for generated histories: the same seed gives the same history. */
export interface Seeded {
  /** A number in [0, 1). */
  fraction(): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
  /** Whether an event of the given probability happens. */
  chance(probability: number): boolean;
  /** One of the choices. */
  pick<Choice>(choices: readonly Choice[]): Choice;
}

/** A counter put through a mixing function with full avalanche (the finalizer of MurmurHash3). */
export function seeded(seed: number): Seeded {
  let counter = Math.imul(seed, 0x9e3779b1);
  const fraction = () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000;
  };
  const below = (bound: number) => Math.floor(fraction() * bound);
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    pick: (choices) => {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new RangeError('nothing to pick from');
      return chosen;
    },
  };
}
