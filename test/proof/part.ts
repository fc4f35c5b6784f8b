/** One part of the proof: what it counted, and what it found wrong. */
export interface PartResult {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly violations: readonly string[];
}

export interface PartOptions {
  /** How long it may go on finding new cases. */
  readonly seconds: number;
  readonly progress: (line: string) => void;
}

export type Part = (options: PartOptions) => Promise<PartResult>;
