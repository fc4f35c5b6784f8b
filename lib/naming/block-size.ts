/** How many numbers a block has at least, and at most. */
export interface BlockBounds {
  readonly least: number;
  readonly most: number;
}

/** A block that lasts less long is too small: requests would come in its user's way. */
const SHORT_MS = 1_000;
/** One that lasts longer is too large: most of it would be lost at a restart. */
const LONG_MS = 10_000;

/** The size of the next block, by how long the last one lasted. */
export function nextBlockSize(size: number, lastedMs: number, bounds: BlockBounds): number {
  const wanted = lastedMs < SHORT_MS ? size * 2 : lastedMs > LONG_MS ? Math.ceil(size / 2) : size;
  return Math.min(bounds.most, Math.max(bounds.least, wanted));
}
