/** What the function is told by its environment. */
export interface GarbageSettings {
  readonly table: string;
  /** Capacity units a second that the sweep may use, reads and writes together. */
  readonly unitsPerSecond: number;
}

/** Names of the variables. The infrastructure sets them by these. */
export const GARBAGE_VARIABLE = {
  table: 'HOLDFAST_TABLE',
  unitsPerSecond: 'HOLDFAST_GARBAGE_UNITS_PER_SECOND',
} as const;

/** @throws Error that names the variable which is missing or wrong */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
): GarbageSettings {
  const read = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set`);
    return value;
  };
  const units = read(GARBAGE_VARIABLE.unitsPerSecond);
  const unitsPerSecond = Number(units);
  if (!(unitsPerSecond > 0)) {
    const name = GARBAGE_VARIABLE.unitsPerSecond;
    throw new Error(`${name}: expected a number above 0, got '${units}'`);
  }
  return { table: read(GARBAGE_VARIABLE.table), unitsPerSecond };
}
