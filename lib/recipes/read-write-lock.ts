import type { Holdfast } from '../holdfast.ts';
import { ReadWriteLock } from '../lock/read-write-lock.ts';
import { runtimeOf } from '../runtime.ts';

/**
 * The read-write lock of this name: any string of 1 to 1,024 bytes. Sends nothing.
 *
 * ```ts
 * const catalogue = readWriteLock(holdfast, 'catalogue');
 * await catalogue.write.using(async (hold) => save(hold.token));
 * ```
 *
 * @throws InvalidArgumentError
 */
export function readWriteLock(holdfast: Holdfast, name: string): ReadWriteLock {
  return new ReadWriteLock(runtimeOf(holdfast), name);
}
