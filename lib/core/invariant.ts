/**
 * Stops on a state that the code holds to be impossible. Stays on in production: a coordination
 * library that goes on after a broken invariant corrupts somebody else's data.
 */
export function invariant(condition: boolean, statement: string): asserts condition {
  if (!condition) throw new Error(`holdfast invariant broken: ${statement}. Please report this.`);
}
