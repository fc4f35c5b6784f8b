/**
 * Names and numbers that no two processes share. Kept out of the core so that nobody pays for them
 * at a cold start who does not use them. Which one you need: `docs/naming.md`.
 */

import type { Holdfast } from '../holdfast.ts';
import { checkName } from '../options.ts';
import { runtimeOf } from '../runtime.ts';
import type { SequenceOptions } from './options.ts';
import { Sequence } from './sequence.ts';
import { shared } from './shared.ts';

export type { SequenceOptions } from './options.ts';
export type { Sequence } from './sequence.ts';

/**
 * The sequence of this name: any string of 1 to 1,024 bytes. Sends nothing. The options of the
 * first call in an instance count.
 *
 * ```ts
 * const tickets = sequence(holdfast, 'tickets');
 * const number = await tickets.next();
 * ```
 *
 * @throws InvalidArgumentError
 */
export function sequence(
  holdfast: Holdfast,
  name: string,
  options: SequenceOptions = {},
): Sequence {
  checkName(name);
  const runtime = runtimeOf(holdfast);
  return shared(runtime, `sequence#${name}`, () => new Sequence(runtime, name, options));
}
