import type { Holdfast } from '../holdfast.ts';
import { Barrier, type BarrierOptions } from '../lock/barrier.ts';
import { runtimeOf } from '../runtime.ts';

/**
 * The barrier of this name: any string of 1 to 1,024 bytes. Sends nothing.
 *
 * ```ts
 * const round = barrier(holdfast, 'training/9', { parties: 4 });
 * await round.arrive({ id: 'worker-1', timeoutMs: 60_000 });
 * ```
 *
 * @throws InvalidArgumentError
 */
export function barrier(holdfast: Holdfast, name: string, options: BarrierOptions): Barrier {
  return new Barrier(runtimeOf(holdfast), name, options);
}
