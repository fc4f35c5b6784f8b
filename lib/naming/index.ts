/**
 * Names and numbers that no two processes share. Kept out of the core so that nobody pays for them
 * at a cold start who does not use them. Which one you need: `docs/naming.md`.
 */

import type { Holdfast } from '../holdfast.ts';
import { checkName } from '../options.ts';
import { runtimeOf } from '../runtime.ts';
import type { IdBits, IdKind, IdKinds } from './id-layout.ts';
import type { Fitting } from './id-types.ts';
import { Ids } from './ids.ts';
import { Names } from './names.ts';
import {
  checkIdOptions,
  type IdOptions,
  type SequenceOptions,
  type SlotsOptions,
} from './options.ts';
import { Sequence } from './sequence.ts';
import { shared } from './shared.ts';
import { Slots } from './slots.ts';

export type { TransactionHandle } from '../store/row-transaction.ts';
export type { DecodedId, IdBits, IdKind, IdKinds, IdLayout } from './id-layout.ts';
export type { Fitting } from './id-types.ts';
export type { Ids } from './ids.ts';
export type { NameChange, NamedEntry } from './name-entry.ts';
export type { ClaimOptions, ReleaseNameOptions } from './name-options.ts';
export type { Names } from './names.ts';
export type { IdOptions, SequenceOptions, SlotsOptions } from './options.ts';
export type { Sequence } from './sequence.ts';
export { Slot, type Slots } from './slots.ts';
export { type SlotHolder, SlotsFullError } from './slots-full-error.ts';

/**
 * The sequence of this name: any string of 1 to 1,024 bytes. Sends nothing. The options of the
 * first call in an instance count.
 *
 * ```ts
 * const tickets = sequence(holdfast, 'tickets');
 * const number = await tickets.next();
 * ```
 *
 * @throws InvalidArgumentError
 */
export function sequence(
  holdfast: Holdfast,
  name: string,
  options: SequenceOptions = {},
): Sequence {
  checkName(name);
  const runtime = runtimeOf(holdfast);
  return shared(runtime, `sequence#${name}`, () => new Sequence(runtime, name, options));
}

/**
 * The slots of this name: any string of 1 to 1,024 bytes. Sends nothing.
 *
 * ```ts
 * const slot = await slots(holdfast, 'shards', { size: 16 }).acquire();
 * await work(slot.number, slot.signal);
 * ```
 *
 * @throws InvalidArgumentError
 */
export function slots(holdfast: Holdfast, name: string, options: SlotsOptions): Slots {
  checkName(name);
  const runtime = runtimeOf(holdfast);
  const pool = shared(runtime, `slots#${name}`, () => Slots.pool(runtime, name));
  return new Slots(runtime, name, options, pool);
}

/**
 * Ids of this name: any string of 1 to 1,024 bytes. Sends nothing before `ready()`. Calls with
 * equal options share one slot and one reservation.
 *
 * @throws InvalidArgumentError for a layout that the kind of id has no room for; literal bits are
 *   checked by the compiler
 */
export function ids<const Kind extends IdKind = 'bigint', const Bits extends IdBits = IdBits>(
  holdfast: Holdfast,
  name: string,
  options: Omit<IdOptions, 'as' | 'bits'> & {
    readonly as?: Kind | undefined;
    readonly bits?: (Bits & Fitting<Bits, Kind extends 'number' ? 53 : 63>) | undefined;
  } = {},
): Ids<IdKinds[Kind]> {
  checkName(name);
  const runtime = runtimeOf(holdfast);
  const settings = checkIdOptions(options);
  const make = () => new Ids<IdKinds[Kind]>(runtime, name, settings);
  return shared(runtime, `ids#${JSON.stringify([settings, name])}`, make);
}

/**
 * The names of a scope: any string of 1 to 1,024 bytes. Sends nothing.
 *
 * ```ts
 * const users = names(holdfast, 'users');
 * await users.claim('Zoë', { owner: account.id });
 * ```
 *
 * @throws InvalidArgumentError
 */
export function names(holdfast: Holdfast, scope: string): Names {
  checkName(scope);
  return new Names(runtimeOf(holdfast), scope);
}
