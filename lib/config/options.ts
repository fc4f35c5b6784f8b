import { InvalidArgumentError } from '../errors.ts';
import { checkKnown, checkNumber, checkSignal } from '../option-checks.ts';
import type { HistoryOptions } from './compactor.ts';
import { fullAfterMs, type RolloutSchedule } from './rollout.ts';
import type { StandardSchema } from './standard-schema.ts';

/** Options of `holdfast/config`, their defaults and bounds, and what checks them. */

export interface ConfigOptions<Output = unknown> {
  /**
   * A schema by Standard Schema (zod, valibot, ArkType and others): refuses what is published here,
   * and what was published elsewhere. @default none: any JSON value
   */
  readonly schema?: StandardSchema<unknown, Output> | undefined;
  /** What there is before anything was published or read, and when nothing can be. */
  readonly fallback?: Output | undefined;
  /**
   * For how long a value may be used that the table has not confirmed, in milliseconds from 0: then
   * `get` throws. @default without limit
   */
  readonly maxStaleMs?: number | undefined;
  /** How long to wait between two looks at most, 50 to 3,600,000 milliseconds. @default 5000 */
  readonly pollMs?: number | undefined;
  /** What this process is called where a staged rollout chooses. @default the instance's label */
  readonly unit?: string | undefined;
  /** How many old versions to keep. The options of who publishes count. */
  readonly history?: HistoryOptions | undefined;
  /**
   * Whether to report the version that runs here, for `converged` and for rollouts that a rejection
   * aborts. One write unit for each change, and one in five minutes. @default false
   */
  readonly report?: boolean | undefined;
}

/** How fresh a value has to be, and how it is chosen. */
export interface GetOptions {
  /** How old what is known may be, in milliseconds; 0 reads. @default `pollMs` */
  readonly maxAgeMs?: number | undefined;
}

/** What goes with a new version. */
export interface PublishOptions {
  /** Publishes only if this is the newest version; 0: only if there has never been one. */
  readonly expectedVersion?: number | undefined;
  /** Why, for the history: at most 512 characters. */
  readonly note?: string | undefined;
  /** Who, for the history: at most 128 characters. @default the instance's label */
  readonly by?: string | undefined;
  /** Lets processes change over in stages. @default all at once */
  readonly rollout?: RolloutOptions | undefined;
  /** Whether it may end a rollout that is under way. @default false: `rollout-active` */
  readonly supersede?: boolean | undefined;
}

/** A staged rollout. Nobody drives it: each process knows its side from the time and its name. */
export interface RolloutOptions {
  readonly schedule: RolloutSchedule;
  /**
   * For how long everybody runs the version before the rollout is over and another version may
   * follow, in milliseconds. @default 0
   */
  readonly bakeMs?: number | undefined;
  /** Whether the first process that rejects the version aborts the rollout. @default false */
  readonly abortOnReject?: boolean | undefined;
}

/** What to wait for, and for how long. */
export interface ConvergedOptions {
  /** @default the newest, unless its rollout was aborted: then the one before */
  readonly version?: number | undefined;
  /** Which part of the processes that report must run it: above 0 and up to 1. @default 1 */
  readonly quorum?: number | undefined;
  /** How many must report at least. @default 1 */
  readonly readersMin?: number | undefined;
  /** Whether one rejection ends the wait. @default true */
  readonly failOnReject?: boolean | undefined;
  /** Aborts the rollout on a rejection, or publishes the version before. @default nothing */
  readonly onReject?: 'rollback' | undefined;
  /** @default 60000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What to be told, and from where on. */
export interface WatchOptions {
  /** The cursor of the last event that was dealt with. @default begins with a `snapshot` */
  readonly from?: string | undefined;
  /**
   * `latest`: what this process runs, and nothing of what it replaced before it was told. `every`:
   * each published version once, in order, whoever runs it. @default 'latest'
   */
  readonly mode?: 'latest' | 'every' | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_POLL_MS = 5_000;
export const DEFAULT_VERSIONS = 100;
const LONG_MS = 366 * 86_400_000;

/** @throws InvalidArgumentError */
export function checkConfigOptions(options: ConfigOptions): void {
  const known = ['schema', 'fallback', 'maxStaleMs', 'pollMs', 'unit', 'history', 'report'];
  checkKnown(options, known);
  const { schema, history = {}, unit } = options;
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    throw new InvalidArgumentError('schema', 'a schema by Standard Schema', schema);
  }
  checkNumber('maxStaleMs', options.maxStaleMs, 0, Number.POSITIVE_INFINITY);
  checkNumber('pollMs', options.pollMs, 50, 3_600_000);
  checkText('unit', unit, 256);
  checkKnown(history, ['versions', 'maxAgeMs']);
  checkNumber('history.versions', history.versions, 1, 100_000, true);
  checkNumber('history.maxAgeMs', history.maxAgeMs, 60_000, Number.POSITIVE_INFINITY);
}

export function checkPublishOptions(options: PublishOptions): void {
  checkKnown(options, ['expectedVersion', 'note', 'by', 'rollout', 'supersede']);
  checkNumber('expectedVersion', options.expectedVersion, 0, Number.MAX_SAFE_INTEGER, true);
  checkText('note', options.note, 512);
  checkText('by', options.by, 128);
  if (options.rollout === undefined) return;
  checkKnown(options.rollout, ['schedule', 'bakeMs', 'abortOnReject']);
  checkNumber('bakeMs', options.rollout.bakeMs, 0, LONG_MS, true);
  checkSchedule(options.rollout.schedule);
}

export function checkConvergedOptions(options: ConvergedOptions): void {
  checkKnown(options, [
    'version',
    'quorum',
    'readersMin',
    'failOnReject',
    'onReject',
    'timeoutMs',
    'signal',
  ]);
  checkNumber('version', options.version, 0, Number.MAX_SAFE_INTEGER, true);
  checkNumber('quorum', options.quorum, Number.MIN_VALUE, 1);
  checkNumber('readersMin', options.readersMin, 1, 1_000_000, true);
  checkNumber('timeoutMs', options.timeoutMs, 0, 2 ** 31 - 1);
}

export function checkWatchOptions(options: WatchOptions): void {
  checkKnown(options, ['from', 'mode', 'signal']);
  const { mode, signal } = options;
  if (mode !== undefined && mode !== 'latest' && mode !== 'every') {
    throw new InvalidArgumentError('mode', "'latest' or 'every'", mode);
  }
  checkSignal(signal);
}

function checkSchedule(schedule: RolloutSchedule): void {
  switch (schedule?.kind) {
    case 'linear':
    case 'exponential':
      checkNumber('schedule.percent', schedule.percent ?? Number.NaN, 0.01, 100);
      checkNumber('schedule.everyMs', schedule.everyMs ?? Number.NaN, 1, LONG_MS, true);
      break;
    case 'steps':
      if (!Array.isArray(schedule.steps) || schedule.steps.length > 20) {
        throw new InvalidArgumentError('schedule.steps', 'at most 20 steps', schedule.steps);
      }
      for (const { percent, forMs } of schedule.steps) {
        checkNumber('schedule.percent', percent ?? Number.NaN, 0, 100);
        checkNumber('schedule.forMs', forMs ?? Number.NaN, 0, LONG_MS, true);
      }
      break;
    default:
      throw new InvalidArgumentError(
        'schedule',
        "kind 'linear', 'exponential' or 'steps'",
        (schedule as { kind?: unknown } | undefined)?.kind,
      );
  }
  checkNumber('schedule', fullAfterMs(schedule), 0, LONG_MS);
}

function checkText(argument: string, value: string | undefined, most: number): void {
  if (value === undefined) return;
  if (typeof value === 'string' && value.length > 0 && value.length <= most) return;
  throw new InvalidArgumentError(argument, `a string of 1 to ${most} characters`, value);
}
