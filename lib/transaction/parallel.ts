import { setMaxListeners } from 'node:events';
import { deriveAbort } from '../core/abort.ts';

/** So many requests at a time: more would only wait for connections. */
const AT_ONCE = 50;

/**
 * Does all `members`, many at a time, and returns when none is under way any more. After the first
 * failure no other begins, those under way are told to stop, and the failure is thrown.
 */
export async function inParallel<Member>(
  members: readonly Member[],
  work: (member: Member, number: number, signal: AbortSignal | undefined) => Promise<void>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const stop = deriveAbort(options.signal);
  // All of them listen, and Node warns of a leak at the eleventh.
  setMaxListeners(0, stop.signal);
  let failure: { readonly cause: unknown } | undefined;
  let next = 0;
  const worker = async () => {
    while (next < members.length && failure === undefined) {
      const number = next;
      next += 1;
      try {
        await work(members[number] as Member, number, stop.signal);
      } catch (cause) {
        failure ??= { cause };
        stop.abort(cause);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, members.length) }, worker));
  stop.dispose();
  if (failure !== undefined) throw failure.cause;
}
