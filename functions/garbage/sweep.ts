import { type Clock, sleep } from '../../lib/core/clock.ts';
import type { Condition } from '../../lib/store/condition.ts';
import { errorOfFailure } from '../../lib/store/failure-error.ts';
import type { Store, WriteResult } from '../../lib/store/store.ts';
import type { Item, Key } from '../../lib/store/value.ts';
import { inParallel } from '../../lib/transaction/parallel.ts';
import { claimRun, noteProgress, runOf } from './cursor.ts';
import { deleteExpired, type ExpiredRow, isGarbage } from './expired.ts';
import { type Limits, restMs } from './pace.ts';

/** One page of the whole table. */
export interface Page {
  /** Those of its rows that match. */
  readonly rows: readonly ExpiredRow[];
  /** The last row that was looked at; absent when there are no more. */
  readonly next: Key | undefined;
  /** What the page has cost. */
  readonly units: number;
}

/** What the sweep works on. */
export interface World {
  readonly store: Store;
  /** Reads a page of rows that match, as eventually consistent reads show them. */
  readonly scan: (which: Condition, after: Key | undefined) => Promise<Page>;
  readonly clock: Clock;
}

/** What a run did. */
export interface SweepReport {
  /**
   * `passed`: the end of the table was reached; `paused`: the next run goes on; `busy`: another
   * one is at work; `overtaken`: this one took longer than it said, and another has begun.
   */
  readonly outcome: 'passed' | 'paused' | 'busy' | 'overtaken';
  readonly pages: number;
  readonly deleted: number;
  /** Rows that had come back to life, or were gone, when their deletion arrived. */
  readonly spared: number;
  /** Deletions of which nobody knows what they came to. Their page is looked at again. */
  readonly failed: number;
  readonly units: number;
  /** How long ago the pass began, for which a run of its own is not long enough. */
  readonly passAgeMs: number;
}

type Tally = { pages: number; deleted: number; spared: number; failed: number; units: number };

/**
 * Deletes garbage from where the last run has stopped: a page, its rows, a note of how far it came,
 * a rest; until the table or the time is over.
 *
 * @throws Error when the table refuses to be read or written at all
 */
export async function sweepGarbage(world: World, limits: Limits): Promise<SweepReport> {
  const { store, clock } = world;
  const tally: Tally = { pages: 0, deleted: 0, spared: 0, failed: 0, units: 0 };
  const beganMs = clock.monotonicMs();
  const claim = await store.write(claimRun(clock.wallMs(), limits.budgetMs));
  if (claim.kind === 'refused') return { ...tally, outcome: 'busy', passAgeMs: 0 };
  const run = runOf(requireApplied(claim));
  const end = (outcome: SweepReport['outcome']): SweepReport => {
    return { ...tally, outcome, passAgeMs: Math.max(0, clock.wallMs() - run.passBeganMs) };
  };
  for (let position = run.position; ; ) {
    const pageBeganMs = clock.monotonicMs();
    const page = await scanPage(world, position, tally);
    const isDone = await deleteRows(store, page.rows, tally);
    // A page of which something is left is where the next run begins.
    if (isDone) position = page.next;
    const nowMs = clock.monotonicMs();
    const pauseMs = restMs(page.units + page.rows.length, nowMs - pageBeganMs, limits);
    const isPassed = isDone && position === undefined;
    const isOver = isPassed || !isDone || nowMs + pauseMs - beganMs >= limits.budgetMs;
    const noted = await store.write(noteProgress(run, { position, isPassed, isOver }));
    if (noted.kind === 'refused') return end('overtaken');
    requireApplied(noted);
    if (isOver) return end(isPassed ? 'passed' : 'paused');
    await sleep(clock, pauseMs);
  }
}

async function scanPage({ scan, clock }: World, after: Key | undefined, tally: Tally) {
  const page = await scan(isGarbage(clock.wallMs()), after);
  tally.pages += 1;
  tally.units += page.units;
  return page;
}

/** Whether nothing is left to do about these rows. */
async function deleteRows(
  store: Store,
  rows: readonly ExpiredRow[],
  tally: Tally,
): Promise<boolean> {
  const failedBefore = tally.failed;
  await inParallel(rows, async (row) => {
    const result = await store.write(deleteExpired(row));
    tally.units += 1;
    if (result.kind === 'applied') tally.deleted += 1;
    else if (result.kind === 'refused') tally.spared += 1;
    else if (result.failure.retryable) tally.failed += 1;
    else requireApplied(result);
  });
  return tally.failed === failedBefore;
}

/** @throws Error that says what the table answered instead */
function requireApplied(result: WriteResult): Item | undefined {
  if (result.kind === 'applied') return result.item;
  if (result.kind === 'refused') throw new Error('a write was refused that has no condition');
  throw errorOfFailure('sweep the table', result.failure);
}
