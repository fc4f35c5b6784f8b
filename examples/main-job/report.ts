import type { Check } from './check.ts';
import { type Figures, quantile } from './figures.ts';
import type { Paper } from './paper.ts';

/** Writes the verdict, one line a claim. */
export function writeVerdict(paper: Paper, checks: readonly Check[]): void {
  const width = Math.max(...checks.map(({ claim }) => claim.length));
  paper.write('');
  paper.write(paper.style('bold', 'Verdict'));
  for (const { claim, held, detail } of checks) {
    const mark = held ? paper.style('green', 'held  ') : paper.style('red', 'BROKEN');
    paper.write(`  ${mark}  ${claim.padEnd(width)}  ${paper.style('dim', detail)}`);
  }
}

/** Writes what was measured. */
export function writeFigures(paper: Paper, figures: Figures): void {
  const { grants, requests, processes, lines, handOverMs } = figures;
  const rows = [
    ['work', `${lines} lines in ${grants} grants, by ${processes} processes`],
    ['lock handed over', `${handOver(handOverMs)}`],
    ['lock after a kill', seconds(figures.lockFailOverMs)],
    ['leader resigned', milliseconds(figures.leaderHandOverMs)],
    ['leader killed', seconds(figures.leaderFailOverMs)],
    ['requests', `${requests}, everything included: ${ratio(requests, grants)} for each grant`],
  ];
  paper.write('');
  paper.write(paper.style('bold', 'Figures of this run'));
  for (const [name = '', text] of rows) paper.write(`  ${name.padEnd(18)}  ${text}`);
}

/** Says in one sentence how the run ended. */
export function writeEnd(paper: Paper, checks: readonly Check[], tookMs: number): void {
  const wrong = checks.filter(({ held }) => !held).length;
  const took = `after ${(tookMs / 1_000).toFixed(1)} s`;
  paper.write('');
  if (wrong === 0) paper.write(paper.style('green', `All ${checks.length} checks held, ${took}.`));
  else
    paper.write(paper.style('red', `${wrong} of ${checks.length} checks did not hold, ${took}.`));
}

function ratio(sum: number, count: number): string {
  return count === 0 ? 'no figure' : (sum / count).toFixed(1);
}

function handOver(ascendingMs: readonly number[]): string {
  const [median, most] = [0.5, 0.95].map((part) => quantile(ascendingMs, part));
  if (median === undefined || most === undefined) return 'never';
  return `in ${median.toFixed(0)} ms (median), ${most.toFixed(0)} ms (95 %)`;
}

function seconds(gapsMs: readonly number[]): string {
  if (gapsMs.length === 0) return 'never';
  return `next after ${gapsMs.map((gapMs) => `${(gapMs / 1_000).toFixed(2)} s`).join(', ')}`;
}

function milliseconds(gapsMs: readonly number[]): string {
  if (gapsMs.length === 0) return 'never';
  return `next after ${gapsMs.map((gapMs) => `${gapMs.toFixed(0)} ms`).join(', ')}`;
}
