import type { Holdfast } from '../holdfast.ts';
import type { BarrierOptions } from '../lock/barrier.ts';
import { DoubleBarrier } from '../lock/double-barrier.ts';
import { runtimeOf } from '../runtime.ts';

/**
 * The double barrier of this name: any string of 1 to 1,024 bytes. Sends nothing.
 *
 * ```ts
 * const round = doubleBarrier(holdfast, 'load-test', { parties: 4 });
 * await round.enter({ id: 'worker-1', timeoutMs: 60_000 });
 * await round.leave({ id: 'worker-1' });
 * ```
 *
 * @throws InvalidArgumentError
 */
export function doubleBarrier(
  holdfast: Holdfast,
  name: string,
  options: BarrierOptions,
): DoubleBarrier {
  return new DoubleBarrier(runtimeOf(holdfast), name, options);
}
