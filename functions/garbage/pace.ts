/** How much a run may take, of time and of the table. */
export interface Limits {
  readonly budgetMs: number;
  /** Capacity units a second, reads and writes together. */
  readonly unitsPerSecond: number;
}

/** How long to rest after so many units, so that the rate is kept on average. */
export function restMs(units: number, tookMs: number, { unitsPerSecond }: Limits): number {
  return Math.max(0, Math.ceil((units / unitsPerSecond) * 1_000 - tookMs));
}
