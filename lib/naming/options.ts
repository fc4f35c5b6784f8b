import { InvalidArgumentError } from '../errors.ts';
import { checkKnown, checkWhole } from '../option-checks.ts';
import type { BlockBounds } from './block-size.ts';
import {
  checkLayout,
  DEFAULT_EPOCH_MS,
  type IdBits,
  type IdKind,
  type IdLayout,
  NUMBER_BITS,
  WIDE_BITS,
} from './id-layout.ts';

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

export interface SlotsOptions {
  /** How many slots there are: 1 to 65,536. Every process should declare the same. */
  readonly size: number;
}

export const SLOTS_MAX = 65_536;

/** How ids look. What was first issued under a name decides for ever; see `layout-mismatch`. */
export interface IdOptions {
  /**
   * What `next()` returns; text is of fixed width and sorts as the numbers do.
   * @default 'bigint'
   */
  readonly as?: IdKind | undefined;
  /**
   * Time 32 to 48, slot 1 to 16, sequence 1 to 15; in all at most 63, and 53 for numbers.
   * @default 41, 10 and 12; for numbers 41, 5 and 7
   */
  readonly bits?: IdBits | undefined;
  /** Where time begins, epoch milliseconds. @default 2025-01-01T00:00:00Z */
  readonly epochMs?: number | undefined;
  /**
   * For how long timestamps are reserved ahead: how long the table may be away while ids are
   * issued, and how far ids may be ahead of the time after a crash. 1,000 to 600,000 milliseconds.
   * @default 60000
   */
  readonly reserveMs?: number | undefined;
}

/** Options as the code needs them. */
export interface IdSettings {
  readonly as: IdKind;
  readonly layout: IdLayout;
  readonly reserveMs: number;
}

const RESERVE_MS_DEFAULT = 60_000;

/** @throws InvalidArgumentError */
export function checkIdOptions(options: IdOptions): IdSettings {
  checkKnown(options, ['as', 'bits', 'epochMs', 'reserveMs']);
  const { as = 'bigint', epochMs = DEFAULT_EPOCH_MS, reserveMs = RESERVE_MS_DEFAULT } = options;
  if (as !== 'bigint' && as !== 'string' && as !== 'number') {
    throw new InvalidArgumentError('as', "'bigint', 'string' or 'number'", as);
  }
  const bits = options.bits ?? (as === 'number' ? NUMBER_BITS : WIDE_BITS);
  checkWhole('reserveMs', reserveMs, 1_000, 600_000);
  return { as, layout: checkLayout(bits, epochMs, as), reserveMs };
}
