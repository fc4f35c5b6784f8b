import { InvalidArgumentError } from '../errors.ts';
import type { Holdfast } from '../holdfast.ts';
import { type Explanation, explainPlace } from '../lock/explain.ts';
import { checkName } from '../options.ts';
import { runtimeOf } from '../runtime.ts';

/**
 * Who has a lock or an election, since when, who waits, and whether somebody waits in a circle: a
 * deadlock. A circle is found among holds and waits `under` sessions, whose beats tell what they
 * wait for, so a fresh one is seen after a beat. Takes and changes nothing.
 *
 * Costs two consistent reads; where the holder rides on a session that waits, two more for each
 * link from there on, and two more for each of a circle.
 *
 * ```ts
 * const { holder, circle } = await explain(holdfast, 'lock', 'album/7');
 * ```
 *
 * @throws InvalidArgumentError, and as `Lock.holder`
 */
export async function explain(
  holdfast: Holdfast,
  kind: 'lock' | 'election',
  name: string,
): Promise<Explanation> {
  const runtime = runtimeOf(holdfast);
  if (kind !== 'lock' && kind !== 'election') {
    throw new InvalidArgumentError('kind', "'lock' or 'election'", kind);
  }
  checkName(name);
  runtime.closing.throwIfAborted();
  return explainPlace(runtime, { kind, name });
}
