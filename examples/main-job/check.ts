/** One sentence of the verdict. */
export interface Check {
  readonly claim: string;
  readonly held: boolean;
  /** The evidence, or what contradicts the claim. */
  readonly detail: string;
}

export function held(claim: string, detail: string): Check {
  return { claim, held: true, detail };
}

export function broken(claim: string, detail: string): Check {
  return { claim, held: false, detail };
}
