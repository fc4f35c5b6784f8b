import { InvalidArgumentError } from '../errors.ts';
import type { Guard } from '../lease/fencing.ts';
import { checkKnown, checkSignal } from '../option-checks.ts';
import type { ItemStore } from '../store/item-store.ts';
import type { TransactionMode } from './mode.ts';
import type { KeyNames } from './tables.ts';

/** Options of `holdfast/transaction`, their defaults and bounds, and what checks them. */

export interface TransactionsOptions {
  /**
   * The tables whose items transactions read and write: the name of each, with the names of its
   * partition key and, if it has one, its sort key. The library's own table is known without.
   */
  readonly tables: Readonly<Record<string, KeyNames>>;

  /**
   * After how long without a sign of life a transaction is taken for that of a dead process: how
   * long others wait for its items at most. From 200 milliseconds to an hour.
   * @default 2000
   */
  readonly orphanMs?: number | undefined;

  /**
   * For how long the record of a transaction that somebody else had to finish is kept, and the
   * result under an idempotency key: 15 minutes to 365 days, in milliseconds.
   * @default 86400000 (a day)
   */
  readonly retentionMs?: number | undefined;

  /**
   * `portable`: conditional writes of single items, on every engine. `mixed`: one native request of
   * DynamoDB's for up to 100 items, and the same as `portable` beyond; no queries. The first
   * program decides for the namespace, and others with another mode are refused.
   * @default 'portable'
   */
  readonly mode?: TransactionMode | undefined;

  /** Another store in place of DynamoDB, as in tests. */
  readonly items?: ItemStore | undefined;
}

/** How one transaction is run. */
export interface TransactOptions {
  /**
   * A hold that must still be the caller's: of a lock, a leadership or any other. Checked once all
   * items are locked, so that no transaction under a later grant can come in between unseen. With
   * `{ hold, strict: true }` its row is locked as well, for 2 write units and no read unit more:
   * then nobody is granted it, and it does not end, before the transaction is over.
   */
  readonly fence?: Fence | StrictFence | undefined;

  /**
   * Makes the transaction happen once for this key, whoever runs it how often: a later run returns
   * the value of the first, which must be JSON of at most 4 KB. 1 to 512 characters.
   */
  readonly idempotencyKey?: string | undefined;

  /** How often the function is run at most, 1 to 10,000. @default 50 */
  readonly maxAttempts?: number | undefined;

  /** How long it may take in all, in milliseconds. @default without limit */
  readonly timeoutMs?: number | undefined;

  /** Ends it, with its own reason, as long as nothing is decided. */
  readonly signal?: AbortSignal | undefined;

  /**
   * `applied`: returns when every item shows what was written. `decided`: returns one round trip
   * earlier, when nothing can undo it; readers outside of transactions may still see what was there
   * before, for milliseconds.
   * @default 'applied'
   */
  readonly acknowledge?: 'applied' | 'decided' | undefined;

  /**
   * In the mode `mixed`, what decides between a native request and the portable protocol, which
   * needs five times the round trips and fewer units from three items on that are only read.
   * @default 'latency'
   */
  readonly prefer?: 'latency' | 'cost' | undefined;

  /** Told before each repetition. Must not throw. */
  readonly onRetry?: ((retry: TransactionRetry) => void) | undefined;
}

/** Something that can fence a transaction: every hold of the library. */
export interface Fence {
  guard(): Guard;
}

/** A hold that cannot end while a transaction under it commits. */
export interface StrictFence {
  readonly hold: Fence;
  /** `false` is the same as the hold by itself. */
  readonly strict: boolean;
}

/** Both kinds of fences in one shape. */
export function strictFenceOf(fence: Fence | StrictFence): StrictFence {
  return 'hold' in fence ? fence : { hold: fence, strict: false };
}

/** Why a transaction is run again. */
export interface TransactionRetry {
  /** How many attempts there were. */
  readonly attempts: number;
  /** The item at which the last one gave way: table and key. */
  readonly item: string;
}

export interface TransactionsSettings {
  readonly orphanMs: number;
  readonly retentionMs: number;
  readonly mode: TransactionMode;
}

const DAY_MS = 86_400_000;
export const DEFAULT_ORPHAN_MS = 2_000;
export const DEFAULT_MAX_ATTEMPTS = 50;

/** @throws InvalidArgumentError */
export function checkTransactionsOptions(options: TransactionsOptions): TransactionsSettings {
  checkKnown(options, ['tables', 'orphanMs', 'retentionMs', 'mode', 'items']);
  const { orphanMs = DEFAULT_ORPHAN_MS, retentionMs = DAY_MS, mode = 'portable' } = options;
  checkWithin('orphanMs', orphanMs, 200, 3_600_000);
  checkWithin('retentionMs', retentionMs, 900_000, 365 * DAY_MS);
  checkOneOf('mode', mode, ['portable', 'mixed']);
  return { orphanMs, retentionMs, mode };
}

/** @throws InvalidArgumentError */
export function checkTransactOptions(options: TransactOptions): void {
  checkKnown(options, [
    'fence',
    'idempotencyKey',
    'maxAttempts',
    'timeoutMs',
    'signal',
    'acknowledge',
    'prefer',
    'onRetry',
  ]);
  const {
    fence,
    idempotencyKey: key,
    maxAttempts = 1,
    timeoutMs = 1,
    signal,
    acknowledge = 'applied',
    prefer = 'latency',
  } = options;
  if (fence !== undefined) checkFence(fence);
  if (key !== undefined && !(typeof key === 'string' && key.length >= 1 && key.length <= 512)) {
    throw new InvalidArgumentError('idempotencyKey', '1 to 512 characters', key);
  }
  checkWithin('maxAttempts', maxAttempts, 1, 10_000);
  checkWithin('timeoutMs', timeoutMs, 1, 2 ** 31 - 1);
  checkSignal(signal);
  checkOneOf('acknowledge', acknowledge, ['applied', 'decided']);
  checkOneOf('prefer', prefer, ['latency', 'cost']);
}

function checkOneOf(argument: string, value: string, allowed: readonly [string, string]): void {
  if (allowed.includes(value)) return;
  throw new InvalidArgumentError(argument, `'${allowed[0]}' or '${allowed[1]}'`, value);
}

function checkFence(fence: Fence | StrictFence): void {
  const isObject = typeof fence === 'object' && fence !== null;
  if (isObject && 'hold' in fence) {
    checkKnown(fence, ['hold', 'strict']);
    if (typeof fence.strict !== 'boolean') {
      throw new InvalidArgumentError('fence.strict', 'true or false', fence.strict);
    }
  }
  const hold = isObject ? strictFenceOf(fence).hold : undefined;
  if (typeof hold?.guard === 'function') return;
  throw new InvalidArgumentError('fence', 'a hold, or { hold, strict }', fence);
}

function checkWithin(argument: string, value: unknown, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  throw new InvalidArgumentError(argument, `${least} to ${most}`, value);
}
