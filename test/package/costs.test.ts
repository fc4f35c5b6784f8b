import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLL_MS, DEFAULT_SWEEP_MS } from '../../lib/group/options.ts';

const MONTH_SECONDS = 30 * 86_400;
const WRITE_DOLLARS = 0.625e-6;
const READ_DOLLARS = 0.125e-6;

const LEASE_SECONDS = 15;
/** Four, each a twentieth before its time on average: `lib/lease/keeper.ts`. */
const BEATS_PER_LEASE = 4.2;
const HEADS = 2;
/** A member and its beat, 550 bytes, read consistently: `test/unit/group/cost.test.ts` counts. */
const SWEEP_UNITS_PER_MEMBER = 550 / 4_000;
const PUSHED_POLL_SECONDS = 30;

/** What a month of a fleet costs, as the formula of `docs/operations.md` says. */
function dollarsOf(processes: number, groups: number, pollSeconds: number): number {
  const sweeps = MONTH_SECONDS / (DEFAULT_SWEEP_MS / 1_000);
  const writes = (processes * BEATS_PER_LEASE * MONTH_SECONDS) / LEASE_SECONDS + sweeps * groups;
  const polls = (processes * HEADS * 0.5 * MONTH_SECONDS) / pollSeconds;
  const turns = processes * 0.5 * sweeps;
  const reads = polls + turns + sweeps * processes * SWEEP_UNITS_PER_MEMBER;
  return writes * WRITE_DOLLARS + reads * READ_DOLLARS;
}

const text = readFileSync('docs/operations.md', 'utf8');
const row = /^\| ([\d,]+) \| (\d+) \| ([\d,]+) \$ \| ([\d,]+) \$ \|$/gm;
const rows = [...text.matchAll(row)].map((cells) =>
  cells.slice(1).map((cell) => Number(cell.replaceAll(',', ''))),
);

describe('the costs in docs/operations.md', () => {
  test('are those of fleets of three sizes', () => {
    expect(rows.map(([processes]) => processes)).toEqual([10, 1_000, 10_000]);
  });

  test.each(rows)('of %i processes in %i groups follow from the formula', (...cells) => {
    const [processes = 0, groups = 0, polled, pushed] = cells;
    const pollSeconds = DEFAULT_POLL_MS / 1_000;
    expect(Math.round(dollarsOf(processes, groups, pollSeconds))).toBe(polled);
    expect(Math.round(dollarsOf(processes, groups, PUSHED_POLL_SECONDS))).toBe(pushed);
  });

  test('split a fleet into groups that one partition key can beat for', () => {
    const [, limit = ''] = /beats: ([\d,]+) members/.exec(text) ?? [];
    const members = Number(limit.replaceAll(',', ''));
    expect((members * BEATS_PER_LEASE) / LEASE_SECONDS).toBeLessThanOrEqual(1_000);
    for (const [processes = 0, groups = 0] of rows) {
      expect(processes / groups).toBeLessThanOrEqual(members);
    }
  });
});
