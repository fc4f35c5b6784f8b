import { retry, stopWith, tryAgain } from '../core/retry.ts';
import { giveUp, RELEASE_TRIES_MS } from '../lease/give-up.ts';
import { followLate, followRelease } from '../lease/late-attempt.ts';
import type { OwnershipLine } from '../lease/line.ts';
import type { Terms } from '../lease/terms.ts';
import type { Holding } from '../lease/writes.ts';
import type { Runtime } from '../runtime.ts';
import { type LocksRequest, outdate } from './locks-request.ts';

/**
 * Makes sure that nobody holds anything by a request that was given up, whether it has taken effect
 * or is still under way. One row decides it, because all of them take effect or none: a free one
 * gets the token that was asked for, and from then on refuses every copy. Where somebody else still
 * holds that row, a late copy may find it free: it then lasts for what is left of its lease; under
 * a session, which would keep it alive, the row is looked at until the danger is over (rule 21).
 */
export async function disown(
  runtime: Runtime,
  lines: readonly OwnershipLine[],
  request: LocksRequest,
  terms: Terms,
): Promise<void> {
  const index = Math.max(
    0,
    lines.findIndex(({ client }) => client.last?.owner === undefined),
  );
  const [line, holding] = [lines[index], request.holdings[index]];
  if (line === undefined || holding === undefined) return;
  const end = () => giveUpAll(runtime, lines, request, terms);
  const look = () => settle(line, holding, end);
  const { clock, random } = runtime;
  const deadlineMs = clock.monotonicMs() + RELEASE_TRIES_MS;
  const granted = await retry({ clock, random, deadlineMs }, async () => {
    const token = await look().catch(() => undefined);
    return token === undefined ? tryAgain : stopWith(token);
  });
  const { session } = terms;
  const { token } = holding;
  if (session !== undefined && (granted ?? 0) < token)
    followLate(runtime, { token, session }, look);
}

/**
 * Settles it by one row, if that can be done now. Which token the row has granted, or refuses:
 * that of the request, or a larger one, when it is settled. `undefined`: there was no answer.
 */
async function settle(
  { client }: OwnershipLine,
  holding: Holding,
  end: () => Promise<void>,
): Promise<number | undefined> {
  const answer = await client.write(outdate(holding));
  switch (answer.kind) {
    case 'applied':
      return holding.token;
    case 'refused': {
      const { owner, token } = answer.row;
      if (owner?.id !== holding.id && token < holding.token) return token;
      // It has taken effect; or the row has gone on, and it may have before that.
      await end();
      return holding.token;
    }
    default:
      return undefined;
  }
}

/** Gives up whatever rows the request has taken, and leaves all others as they are. */
async function giveUpAll(
  runtime: Runtime,
  lines: readonly OwnershipLine[],
  { holdings }: LocksRequest,
  { leaseMs, session }: Terms,
): Promise<void> {
  await Promise.all(
    lines.map(async ({ client }, index) => {
      const holding = holdings[index];
      if (holding === undefined) return;
      const release = () => giveUp(runtime, client, { ...holding, leaseMs });
      followRelease(runtime, { token: holding.token, session }, await release(), release);
    }),
  );
}
