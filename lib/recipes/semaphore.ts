import type { Holdfast } from '../holdfast.ts';
import { Semaphore } from '../lock/semaphore.ts';
import type { SemaphoreOptions } from '../lock/semaphore-options.ts';
import { runtimeOf } from '../runtime.ts';

/**
 * The semaphore of this name: any string of 1 to 1,024 bytes. Sends nothing.
 *
 * ```ts
 * const slots = semaphore(holdfast, 'partner-api', { permits: 10 });
 * await slots.using(async ({ signal }) => callPartner(signal));
 * ```
 *
 * @throws InvalidArgumentError
 */
export function semaphore(holdfast: Holdfast, name: string, options: SemaphoreOptions): Semaphore {
  return new Semaphore(runtimeOf(holdfast), name, options);
}
