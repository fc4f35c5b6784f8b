import type { Clock } from './core/clock.ts';
import type { Random } from './core/random.ts';
import { InvalidArgumentError } from './errors.ts';
import type { Session } from './lease/session.ts';
import { checkKnown, checkSignal } from './option-checks.ts';
import { faultOfValue } from './store/request-fault.ts';
import { NAME_BYTES_MAX, NAMESPACE_PATTERN } from './store/schema.ts';
import type { Store } from './store/store.ts';
import type { Value } from './store/value.ts';
import type { HintTransport } from './watch/hints.ts';

/** Every option, default and bound of the public surface, and the one place that checks them. */

export interface HoldfastOptions {
  /** Name of the table. Required unless `store` is given. */
  readonly table?: string | undefined;

  /**
   * Keeps the names of one application apart from those of others in the same table. Letters,
   * digits, `.`, `_` and `-`; at most 128.
   * @default 'default'
   */
  readonly namespace?: string | undefined;

  /**
   * Who this process is, for the people and the rivals who read the table: at most 128 characters.
   * @default the host's name and the process id
   */
  readonly label?: string | undefined;

  /**
   * `service`: leases renew themselves in the background. `lambda`: no timer ever runs, because a
   * frozen function's timers fire in the wrong invocation; a lease lasts for the invocation.
   * @default `lambda` inside AWS Lambda, else `service`
   */
  readonly mode?: 'service' | 'lambda' | undefined;

  /**
   * How long to wait for the answer to one request, in milliseconds, 10 to 60,000.
   * @default 1000
   */
  readonly requestTimeoutMs?: number | undefined;

  /**
   * Region, endpoint, credentials and the like, as for `new DynamoDBClient()`. Its retry settings
   * are ignored: the SDK's own retry hides whether a write was applied.
   */
  readonly clientConfig?: object | undefined;

  /**
   * Brings hints that something has changed, so that watchers look at once instead of at their next
   * poll. @default none: polls alone
   */
  readonly hints?: HintTransport | undefined;

  /** Another store in place of DynamoDB, as in tests. */
  readonly store?: Store | undefined;

  /** Another clock, as in tests. @default the machine's */
  readonly clock?: Clock | undefined;

  /** Another source of randomness, as in tests. @default the machine's */
  readonly random?: Random | undefined;
}

/** How long a grant lasts. */
export interface LeaseOptions {
  /**
   * For how long the grant lasts without a renewal, in whole milliseconds: the longest that others
   * wait for a dead holder. From 2,000, and from three request timeouts, to 24 hours.
   * @default 15000, or three request timeouts; in Lambda mode what is left of the invocation
   */
  readonly leaseMs?: number | undefined;

  /** The session that keeps the grant alive, instead of a lease and a heartbeat of its own. */
  readonly under?: Session | undefined;
}

/** How long a session lasts, and what follows when it is lost. */
export interface SessionOptions {
  /**
   * For how long the session lasts without a beat, in milliseconds; bounds as for a lease.
   * @default 15000; in Lambda mode what is left of the invocation
   */
  readonly leaseMs?: number | undefined;

  /**
   * `end`: a session that is lost is over. `rejoin`: a new life of it begins in the background.
   * What was held under the old one is lost either way.
   * @default 'end'
   */
  readonly onLost?: 'end' | 'rejoin' | undefined;
}

/** How long a grant lasts, and how long to wait for it. */
export interface WaitingOptions extends LeaseOptions {
  /** How long to wait for the grant, in milliseconds. @default without limit */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait, with its own reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How an observer looks, and until when. */
export interface ObserveOptions {
  /** How long to wait between two looks, in milliseconds, 50 to 3,600,000. @default 1000 */
  readonly pollMs?: number | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_NAMESPACE = 'default';
export const DEFAULT_REQUEST_TIMEOUT_MS = 1_000;
export const DEFAULT_POLL_MS = 1_000;
const DEFAULT_LEASE_MS = 15_000;
const LEASE_MS_MIN = 2_000;
const LEASE_MS_MAX = 24 * 60 * 60 * 1_000;
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
/** Published values live in the ownership row, which every renewal writes whole. */
const VALUE_BYTES_MAX = 512;

const HOLDFAST_OPTIONS: Record<keyof HoldfastOptions, true> = {
  table: true,
  namespace: true,
  label: true,
  mode: true,
  requestTimeoutMs: true,
  clientConfig: true,
  hints: true,
  store: true,
  clock: true,
  random: true,
};
const LEASE_OPTIONS: Record<keyof LeaseOptions, true> = { leaseMs: true, under: true };
const SESSION_OPTIONS: Record<keyof SessionOptions, true> = { leaseMs: true, onLost: true };
const WAITING_OPTIONS: Record<keyof WaitingOptions, true> = {
  ...LEASE_OPTIONS,
  timeoutMs: true,
  signal: true,
};

const OBSERVE_OPTIONS: Record<keyof ObserveOptions, true> = { pollMs: true, signal: true };

export function checkHoldfastOptions(options: HoldfastOptions): void {
  checkOptions(options, HOLDFAST_OPTIONS);
  const { table, store, namespace, label, mode, requestTimeoutMs } = options;
  if (store === undefined) checkText('table', table, 'a table name');
  if (namespace !== undefined && !(isText(namespace) && NAMESPACE_PATTERN.test(namespace))) {
    throw new InvalidArgumentError(
      'namespace',
      'letters, digits, ".", "_" and "-", at most 128, beginning with a letter or digit',
      namespace,
    );
  }
  if (label !== undefined && !(isText(label) && label.length > 0 && label.length <= 128)) {
    throw new InvalidArgumentError('label', 'a string of 1 to 128 characters', label);
  }
  if (mode !== undefined && mode !== 'service' && mode !== 'lambda') {
    throw new InvalidArgumentError('mode', "'service' or 'lambda'", mode);
  }
  checkDuration('requestTimeoutMs', requestTimeoutMs, 10, 60_000);
}

export function checkLeaseOptions(options: LeaseOptions, requestTimeoutMs: number): void {
  checkOptions(options, LEASE_OPTIONS);
  checkLease(options, requestTimeoutMs);
}

export function checkWaitingOptions(options: WaitingOptions, requestTimeoutMs: number): void {
  checkOptions(options, WAITING_OPTIONS);
  checkLease(options, requestTimeoutMs);
  checkDuration('timeoutMs', options.timeoutMs, 0, TIMEOUT_MS_MAX);
  checkSignal(options.signal);
}

export function checkSessionOptions(options: SessionOptions, requestTimeoutMs: number): void {
  checkOptions(options, SESSION_OPTIONS);
  checkLease(options, requestTimeoutMs);
  const { onLost } = options;
  if (onLost === undefined || onLost === 'end' || onLost === 'rejoin') return;
  throw new InvalidArgumentError('onLost', "'end' or 'rejoin'", onLost);
}

export function checkObserveOptions(options: ObserveOptions): void {
  checkOptions(options, OBSERVE_OPTIONS);
  checkDuration('pollMs', options.pollMs, 50, 3_600_000);
  checkSignal(options.signal);
}

/** Checks the name of a lock, an election or any other named thing. */
export function checkName(name: string): void {
  checkText('name', name, 'a string that is not empty');
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > NAME_BYTES_MAX) {
    throw new InvalidArgumentError('name', `at most ${NAME_BYTES_MAX} bytes of UTF-8`, name);
  }
}

/** Checks what a leader publishes: plain JSON values, small enough to be renewed with the lease. */
export function checkValue(value: Value): void {
  const expected = `a JSON value of at most ${VALUE_BYTES_MAX} bytes`;
  const fault = faultOfValue(value, 'value', 1);
  if (fault !== undefined) throw new InvalidArgumentError('value', `${expected} (${fault})`, value);
  const text = JSON.stringify(value);
  if (new TextEncoder().encode(text).length > VALUE_BYTES_MAX) {
    throw new InvalidArgumentError('value', expected, text);
  }
}

function checkLease({ leaseMs, under }: LeaseOptions, requestTimeoutMs: number): void {
  if (under !== undefined && leaseMs !== undefined) {
    throw new InvalidArgumentError(
      'leaseMs',
      "none: under a session, the session's lease counts",
      leaseMs,
    );
  }
  const leastMs = leaseMsMin(requestTimeoutMs);
  checkDuration('leaseMs', leaseMs, leastMs, LEASE_MS_MAX);
  // The row stores it, and its readers take a fraction there for the row of somebody else.
  if (leaseMs !== undefined && !Number.isInteger(leaseMs)) {
    throw new InvalidArgumentError('leaseMs', 'a whole number of milliseconds', leaseMs);
  }
}

/** A lease must outlive a renewal that times out, its repetition, and the way there and back. */
function leaseMsMin(requestTimeoutMs: number): number {
  return Math.max(LEASE_MS_MIN, 3 * requestTimeoutMs);
}

/** The lease of a caller who asks for none. */
export function defaultLeaseMs(requestTimeoutMs: number): number {
  return Math.max(DEFAULT_LEASE_MS, Math.ceil(leaseMsMin(requestTimeoutMs)));
}

function checkDuration(
  argument: string,
  value: number | undefined,
  leastMs: number,
  mostMs: number,
): void {
  if (value === undefined) return;
  if (typeof value === 'number' && value >= leastMs && value <= mostMs) return;
  throw new InvalidArgumentError(argument, `${leastMs} to ${mostMs} milliseconds`, value);
}

function checkText(argument: string, value: unknown, expected: string): void {
  if (!isText(value) || value.length === 0) {
    throw new InvalidArgumentError(argument, expected, value);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Each list of options is a record, so that the compiler misses none. */
function checkOptions<Options extends object>(
  options: Options,
  known: Record<keyof Options, true>,
): void {
  checkKnown(options, Object.keys(known));
}
