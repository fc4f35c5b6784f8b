import type { IdBits } from './id-layout.ts';

/** A tuple of so many elements: how types count. */
type Count<Size extends number, Elements extends unknown[] = []> = Elements['length'] extends Size
  ? Elements
  : Count<Size, [...Elements, unknown]>;

/** 0 up to, and with, `Most`. */
type UpTo<Most extends number> =
  Count<Most> extends infer Elements extends unknown[] ? Partial<Elements>['length'] : never;

type Total<Bits extends IdBits> = [
  ...Count<Bits['time']>,
  ...Count<Bits['slot']>,
  ...Count<Bits['sequence']>,
]['length'];

/**
 * `Bits`, if they have room in `Most`; else a type that says what is wrong. Bits that are only
 * known at run time are checked there.
 */
export type Fitting<Bits extends IdBits, Most extends number> = number extends Bits[
  | 'time'
  | 'slot'
  | 'sequence']
  ? Bits
  : Total<Bits> extends UpTo<Most>
    ? Bits
    : `more than ${Most} bits in all`;
