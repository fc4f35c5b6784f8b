import { InvalidArgumentError } from '../errors.ts';
import type { Value, ValueMap } from '../store/value.ts';

/** How many bits of an id are what, from the highest to the lowest. */
export interface IdBits {
  /** Milliseconds since the epoch: 41 bits last for 69 years. */
  readonly time: number;
  /** The slot of the process: 10 bits are for 1,024 processes. */
  readonly slot: number;
  /** Ids of one process in one millisecond. */
  readonly sequence: number;
}

/** Bits, and where time begins. What was issued once decides for ever. */
export interface IdLayout extends IdBits {
  readonly epochMs: number;
}

/** What an id says. */
export interface DecodedId {
  /** Epoch milliseconds of the timestamp. */
  readonly timeMs: number;
  readonly slot: number;
  readonly sequence: number;
}

export type IdKind = 'bigint' | 'string' | 'number';
/** What each kind of id is. */
export interface IdKinds {
  readonly bigint: bigint;
  readonly string: string;
  readonly number: number;
}

/** 2025-01-01T00:00:00Z. */
export const DEFAULT_EPOCH_MS = 1_735_689_600_000;
export const WIDE_BITS = { time: 41, slot: 10, sequence: 12 } as const;
export const NUMBER_BITS = { time: 41, slot: 5, sequence: 7 } as const;
/** A signed 64-bit column takes 63, and JavaScript's numbers are exact to 53. */
const BITS_MAX: Record<IdKind, number> = { bigint: 63, string: 63, number: 53 };
const RADIX = 32;

/** @throws InvalidArgumentError for a layout that the kind of id has no room for. */
export function checkLayout(bits: IdBits, epochMs: number, as: IdKind): IdLayout {
  checkBits('bits.time', bits?.time, 32, 48);
  checkBits('bits.slot', bits.slot, 1, 16);
  checkBits('bits.sequence', bits.sequence, 1, 15);
  const total = bits.time + bits.slot + bits.sequence;
  const most = BITS_MAX[as];
  if (total > most) {
    throw new InvalidArgumentError('bits', `at most ${most} in all for '${as}'`, total);
  }
  if (!(Number.isSafeInteger(epochMs) && epochMs >= 0)) {
    throw new InvalidArgumentError('epochMs', 'whole milliseconds since 1970', epochMs);
  }
  const { time, slot, sequence } = bits;
  return { time, slot, sequence, epochMs };
}

function checkBits(argument: string, value: unknown, least: number, most: number): void {
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  if (isWhole && value >= least && value <= most) return;
  throw new InvalidArgumentError(argument, `${least} to ${most} bits`, value);
}

export function isSameLayout(layout: IdLayout, stored: ValueMap): boolean {
  return Object.entries(layout).every(([name, value]) => stored[name] === (value as Value));
}

/** Digits of an id as text: as many as the largest has, so that text sorts as the numbers do. */
export function widthOf({ time, slot, sequence }: IdBits): number {
  return Math.ceil((time + slot + sequence) / 5);
}

export function textOfId(id: bigint, width: number): string {
  return id.toString(RADIX).padStart(width, '0');
}

/** @throws InvalidArgumentError for what is not an id of the layout. */
export function decodeId(layout: IdLayout, id: bigint | string | number): DecodedId {
  const value = numericId(layout, id);
  const { time, slot, sequence, epochMs } = layout;
  if (value === undefined || value < 0n || value >= 1n << BigInt(time + slot + sequence)) {
    throw new InvalidArgumentError('id', `an id of ${time + slot + sequence} bits`, String(id));
  }
  return {
    timeMs: Number(value >> BigInt(slot + sequence)) + epochMs,
    slot: Number((value >> BigInt(sequence)) & ((1n << BigInt(slot)) - 1n)),
    sequence: Number(value & ((1n << BigInt(sequence)) - 1n)),
  };
}

function numericId(layout: IdLayout, id: unknown): bigint | undefined {
  if (typeof id === 'bigint') return id;
  if (typeof id === 'number') return Number.isSafeInteger(id) ? BigInt(id) : undefined;
  if (typeof id !== 'string' || id.length !== widthOf(layout) || !/^[0-9a-v]+$/.test(id)) {
    return undefined;
  }
  return [...id].reduce((sum, digit) => sum * 32n + BigInt(Number.parseInt(digit, RADIX)), 0n);
}
