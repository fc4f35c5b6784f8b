import { InvalidArgumentError } from '../errors.ts';
import { checkKnown, checkNumber, checkSignal } from '../option-checks.ts';
import { faultOfValue } from '../store/request-fault.ts';
import type { ValueMap } from '../store/value.ts';

/** Options of `holdfast/group`, their defaults and bounds, and what checks them. */

/** The part of a Standard Schema (zod, valibot, arktype and others) that is used here. */
export interface MetaSchema<Meta> {
  readonly '~standard': {
    readonly validate: (
      value: unknown,
    ) =>
      | { readonly value: Meta; readonly issues?: undefined }
      | { readonly issues: readonly { readonly message: string }[] }
      | Promise<
          | { readonly value: Meta; readonly issues?: undefined }
          | { readonly issues: readonly { readonly message: string }[] }
        >;
  };
}

export interface GroupOptions<Meta extends ValueMap = ValueMap> {
  /** What the `meta` of members must look like. Checked when they join and when they change it. */
  readonly schema?: MetaSchema<Meta> | undefined;
  /** How often a follower looks whether the group has changed: 50 to 3,600,000. @default 5000 */
  readonly pollMs?: number | undefined;
  /**
   * How often the group is searched for the dead, by one of its followers: 200 to 3,600,000. All
   * followers should say the same; a third of the members' leases is a good value.
   * @default 5000
   */
  readonly sweepMs?: number | undefined;
}

/** What a member tells of itself. */
export interface MemberDetails<Meta extends ValueMap = ValueMap> {
  /** Where it can be reached: at most 256 bytes. */
  readonly address?: string | undefined;
  /** Which zone it is in: at most 64 bytes. */
  readonly zone?: string | undefined;
  /** How much of the work it should get, compared with others: 0 to 1,000,000. @default 1 */
  readonly weight?: number | undefined;
  /** Anything else: a JSON object of at most 512 bytes. @default {} */
  readonly meta?: Meta | undefined;
}

export interface JoinOptions<Meta extends ValueMap = ValueMap> extends MemberDetails<Meta> {
  /**
   * Who the member is: 1 to 128 bytes. One that joins under the id of another evicts it, so that
   * a process which was replaced stops. @default a new id
   */
  readonly id?: string | undefined;
  /**
   * For how long the member counts as alive after its last beat, in whole milliseconds: from 2,000,
   * and from three request timeouts (3,000 by default), to 24 hours.
   * @default 15000; in Lambda mode what is left of the invocation
   */
  readonly leaseMs?: number | undefined;
  /**
   * `rejoin`: a member that was lost, but not evicted, joins again in the background, as a new
   * incarnation. `end`: it is over. In Lambda mode it is always over.
   * @default 'rejoin'
   */
  readonly onLost?: 'rejoin' | 'end' | undefined;
}

/** How long to wait. */
export interface WaitOptions {
  /** In milliseconds. @default without limit */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WatchOptions {
  /** Where an earlier watch of this group left off: the `cursor` of the last event handled. */
  readonly cursor?: string | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_POLL_MS = 5_000;
export const DEFAULT_SWEEP_MS = 5_000;
const PERIOD_MS_MAX = 3_600_000;
const ID_BYTES_MAX = 128;
const ADDRESS_BYTES_MAX = 256;
const ZONE_BYTES_MAX = 64;
/** With everything else, a member row stays below 1 KB: one write unit. */
const META_BYTES_MAX = 512;
const WEIGHT_MAX = 1_000_000;

const DETAILS = ['address', 'zone', 'weight', 'meta'];

/** @throws InvalidArgumentError */
export function checkGroupOptions(options: GroupOptions<never>): void {
  checkKnown(options, ['schema', 'pollMs', 'sweepMs']);
  checkNumber('pollMs', options.pollMs, 50, PERIOD_MS_MAX);
  checkNumber('sweepMs', options.sweepMs, 200, PERIOD_MS_MAX);
}

/** @throws InvalidArgumentError. The lease is checked by the lease's own rules. */
export function checkJoinOptions(options: JoinOptions<never>): void {
  checkKnown(options, [...DETAILS, 'id', 'leaseMs', 'onLost']);
  const { id, onLost } = options;
  if (id === '') throw new InvalidArgumentError('id', 'a string that is not empty', id);
  checkText('id', id, ID_BYTES_MAX);
  checkDetails(options);
  if (onLost === undefined || onLost === 'rejoin' || onLost === 'end') return;
  throw new InvalidArgumentError('onLost', "'rejoin' or 'end'", onLost);
}

/** @throws InvalidArgumentError */
export function checkChange(details: MemberDetails<never>): void {
  checkKnown(details, DETAILS);
  checkDetails(details);
}

/** @throws InvalidArgumentError */
export function checkWait(options: WaitOptions): void {
  checkKnown(options, ['timeoutMs', 'signal']);
  checkNumber('timeoutMs', options.timeoutMs, 0, 2 ** 31 - 1);
  checkSignal(options.signal);
}

/** @throws InvalidArgumentError */
export function checkWatch(options: WatchOptions): void {
  checkKnown(options, ['cursor', 'signal']);
  checkSignal(options.signal);
}

/** What `schema` makes of the caller's value. */
export async function checkMeta<Meta extends ValueMap>(
  schema: MetaSchema<Meta> | undefined,
  meta: ValueMap,
): Promise<ValueMap> {
  const result = await schema?.['~standard'].validate(meta);
  if (result?.issues !== undefined) {
    const [issue] = result.issues;
    throw new InvalidArgumentError('meta', issue?.message ?? 'what the schema asks for', meta);
  }
  const checked = result === undefined ? meta : result.value;
  checkMetaValue(checked);
  return checked;
}

function checkDetails({ address, zone, weight, meta }: MemberDetails<never>): void {
  checkText('address', address, ADDRESS_BYTES_MAX);
  checkText('zone', zone, ZONE_BYTES_MAX);
  checkNumber('weight', weight, 0, WEIGHT_MAX);
  if (meta !== undefined) checkMetaValue(meta);
}

function checkMetaValue(meta: unknown): void {
  const expected = `a JSON object of at most ${META_BYTES_MAX} bytes`;
  const isMap = typeof meta === 'object' && meta !== null && !Array.isArray(meta);
  if (!isMap) throw new InvalidArgumentError('meta', expected, meta);
  const fault = faultOfValue(meta as ValueMap, 'meta', 1);
  if (fault !== undefined) throw new InvalidArgumentError('meta', `${expected} (${fault})`, meta);
  if (bytesOf(JSON.stringify(meta)) <= META_BYTES_MAX) return;
  throw new InvalidArgumentError('meta', expected, meta);
}

function checkText(argument: string, value: unknown, bytesMax: number): void {
  if (value === undefined) return;
  if (typeof value === 'string' && bytesOf(value) <= bytesMax) return;
  throw new InvalidArgumentError(argument, `a string of at most ${bytesMax} bytes`, value);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
