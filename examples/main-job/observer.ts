import type { Election, Leader } from 'holdfast';
import { machineMs } from './clock.ts';
import type { Journal } from './journal.ts';

const LOOK_EVERY_MS = 250;

/** Follows the leaders from outside and records what it sees, until `signal` aborts. */
export async function followLeaders(
  election: Election,
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  for await (const leader of election.observe({ pollMs: LOOK_EVERY_MS, signal })) {
    if (leader === undefined) continue;
    const { label, term, version } = leader;
    const lines = linesOf(leader);
    journal.record({
      kind: 'observed',
      atMs: machineMs(),
      process: label,
      term,
      version,
      lines,
    });
  }
}

/** What the leader proclaims of the ledger. */
function linesOf({ value }: Leader): number {
  const { lines } = (value ?? {}) as { readonly lines?: unknown };
  return typeof lines === 'number' ? lines : 0;
}
