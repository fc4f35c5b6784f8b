import type { Holdfast } from '../holdfast.ts';
import { Latch, type LatchOptions } from '../lock/latch.ts';
import { runtimeOf } from '../runtime.ts';

/**
 * The latch of this name: any string of 1 to 1,024 bytes. Sends nothing.
 *
 * ```ts
 * const parts = latch(holdfast, 'import/42', { count: 3 });
 * await parts.countDown('part-1');
 * await parts.wait({ timeoutMs: 60_000 });
 * ```
 *
 * @throws InvalidArgumentError
 */
export function latch(holdfast: Holdfast, name: string, options: LatchOptions): Latch {
  return new Latch(runtimeOf(holdfast), name, options);
}
