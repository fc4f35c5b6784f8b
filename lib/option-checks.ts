import { InvalidArgumentError } from './errors.ts';

/** What the checks of options have in common, so that each says the same of the same mistake. */

/** A misspelt option that is ignored is a default that nobody chose. */
export function checkKnown(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidArgumentError('options', 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new InvalidArgumentError('options', `one of ${known.join(', ')}`, name);
  }
}

/** Checks a number that may be left out; bounds included. */
export function checkNumber(
  argument: string,
  value: unknown,
  least: number,
  most: number,
  whole = false,
): void {
  if (value === undefined) return;
  if (whole) checkWhole(argument, value, least, most);
  if (typeof value === 'number' && value >= least && value <= most) return;
  throw new InvalidArgumentError(argument, `a number from ${least} to ${most}`, value);
}

/** Checks a whole number; bounds included. */
export function checkWhole(
  argument: string,
  value: unknown,
  least: number,
  most: number,
): asserts value is number {
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  if (isWhole && value >= least && value <= most) return;
  throw new InvalidArgumentError(argument, `a whole number from ${least} to ${most}`, value);
}

/** Checks a signal that may be left out. */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new InvalidArgumentError('signal', 'an AbortSignal', signal);
}
