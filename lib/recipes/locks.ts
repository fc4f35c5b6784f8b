import { InvalidArgumentError } from '../errors.ts';
import type { Holdfast } from '../holdfast.ts';
import { LockSet } from '../lock/lock-set.ts';
import { runtimeOf } from '../runtime.ts';

/**
 * The locks of these names, to be taken all or none: 1 to 100 names, each once. Each is the lock
 * that `holdfast.lock` gives by that name. Sends nothing.
 *
 * ```ts
 * const both = locks(holdfast, ['account/1', 'account/2']);
 * await both.using(async (hold) => transfer(hold.tokens));
 * ```
 *
 * @throws InvalidArgumentError
 */
export function locks(holdfast: Holdfast, names: readonly string[]): LockSet {
  if (!Array.isArray(names)) throw new InvalidArgumentError('names', 'an array of names', names);
  return new LockSet(
    runtimeOf(holdfast),
    names.map((name) => holdfast.lock(name)),
  );
}
