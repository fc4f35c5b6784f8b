import { InvalidArgumentError } from '../errors.ts';
import type { BlockBounds } from './block-size.ts';

/** Options of `holdfast/naming`, their defaults and bounds, and what checks them. */

export interface SequenceOptions {
  /** How many numbers a block has at least: 1 to 1,000,000. @default 10 */
  readonly blockMin?: number | undefined;
  /** How many at most, from `blockMin` to 1,000,000. @default 100000 */
  readonly blockMax?: number | undefined;
}

export const TAKE_MAX = 100_000;
const BLOCK_MAX = 1_000_000;
const BLOCK_MIN_DEFAULT = 10;
const BLOCK_MAX_DEFAULT = 100_000;

/** @throws InvalidArgumentError */
export function checkSequenceOptions(options: SequenceOptions): BlockBounds {
  checkKnown(options, ['blockMin', 'blockMax']);
  const least = options.blockMin ?? BLOCK_MIN_DEFAULT;
  checkWhole('blockMin', least, 1, BLOCK_MAX);
  const most = options.blockMax ?? Math.max(least, BLOCK_MAX_DEFAULT);
  checkWhole('blockMax', most, least, BLOCK_MAX);
  return { least, most };
}

/** @throws InvalidArgumentError */
export function checkWhole(argument: string, value: unknown, least: number, most: number): void {
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  if (isWhole && value >= least && value <= most) return;
  throw new InvalidArgumentError(argument, `a whole number from ${least} to ${most}`, value);
}

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
