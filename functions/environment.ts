/** A function's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that names the variable which is missing */
export function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}
