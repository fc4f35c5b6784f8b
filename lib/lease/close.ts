import type { OwnershipLine } from './line.ts';

/** What became of everything that was held when the instance closed. */
export interface CloseReport {
  /** How many holds were released, or had ended before. */
  readonly released: number;
  /** Holds that the table did not confirm as released; they end with their lease. */
  readonly unreleased: readonly UnreleasedHold[];
}

/** A hold that was not surely released, and why. */
export interface UnreleasedHold {
  readonly name: string;
  readonly token: number;
  readonly cause: unknown;
}

/** Closes lines, and whatever else is held, all at once. */
export async function closeAll(
  lines: readonly OwnershipLine[],
  closers: Iterable<() => Promise<CloseReport>>,
): Promise<CloseReport> {
  const work = [closeLines(lines), ...[...closers].map((close) => close())];
  const reports = await Promise.all(work);
  return {
    released: reports.reduce((sum, { released }) => sum + released, 0),
    unreleased: reports.flatMap(({ unreleased }) => unreleased),
  };
}

/** Releases every lease of every line, all at once, and goes on past each failure. */
async function closeLines(lines: readonly OwnershipLine[]): Promise<CloseReport> {
  const unreleased: UnreleasedHold[] = [];
  let ended = 0;
  for (;;) {
    // What is granted in this very moment is given back before its pursuit or its try settles.
    await Promise.all(lines.map((line) => line.settle()));
    const leases = lines.flatMap((line) => line.leases.map((lease) => ({ line, lease })));
    if (leases.length === 0) return { released: ended - unreleased.length, unreleased };
    ended += leases.length;
    await Promise.all(
      leases.map(async ({ line, lease }) => {
        const result = await line.release(lease);
        if (result.outcome !== 'unknown') return;
        unreleased.push({ name: lease.name, token: lease.token, cause: result.cause });
      }),
    );
  }
}
