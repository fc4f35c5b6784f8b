import { InvalidArgumentError } from '../errors.ts';
import type { Holdfast } from '../holdfast.ts';
import { LockSet } from '../lock/lock-set.ts';
import { NativeRows } from '../lock/native-rows.ts';
import { checkKnown } from '../option-checks.ts';
import { type Runtime, runtimeOf } from '../runtime.ts';
import { DynamoItemStore } from '../store/dynamo-item-store.ts';
import type { ItemStore } from '../store/item-store.ts';

/** How several locks are taken. */
export interface LocksOptions {
  /**
   * `latency`: by one request of two write units a lock, where the table has native transactions.
   * `cost`: one by one, by one request of one unit each.
   * @default 'latency'
   */
  readonly prefer?: 'latency' | 'cost' | undefined;
  /**
   * Another way to native transactions of the table in place of DynamoDB's, as in tests.
   * @default DynamoDB's; where the instance was given a store, none: locks are taken one by one
   */
  readonly items?: ItemStore | undefined;
}

/**
 * The locks of these names, to be taken all or none: 1 to 100 names, each once. Each is the lock
 * that `holdfast.lock` gives by that name. Sends nothing.
 *
 * ```ts
 * const both = locks(holdfast, ['account/1', 'account/2']);
 * await both.using(async (hold) => transfer(hold.tokens));
 * ```
 *
 * @throws InvalidArgumentError
 */
export function locks(
  holdfast: Holdfast,
  names: readonly string[],
  options: LocksOptions = {},
): LockSet {
  if (!Array.isArray(names)) throw new InvalidArgumentError('names', 'an array of names', names);
  checkKnown(options, ['prefer', 'items']);
  const { prefer = 'latency', items } = options;
  if (prefer !== 'latency' && prefer !== 'cost') {
    throw new InvalidArgumentError('prefer', "'latency' or 'cost'", prefer);
  }
  const runtime = runtimeOf(holdfast);
  const singles = names.map((name) => holdfast.lock(name));
  // One alone is cheaper by itself, and as fast.
  const isTogether = names.length > 1 && prefer === 'latency';
  return new LockSet(runtime, singles, isTogether ? nativeOf(runtime, items) : undefined);
}

/** By instance, or by what was given instead: each learns once what the table lacks. */
const KNOWN = new WeakMap<Runtime | ItemStore, NativeRows>();

function nativeOf(runtime: Runtime, items: ItemStore | undefined): NativeRows | undefined {
  const known = KNOWN.get(items ?? runtime);
  if (known !== undefined) return known;
  const native = items === undefined ? connect(runtime) : new NativeRows(items);
  if (native !== undefined) KNOWN.set(items ?? runtime, native);
  return native;
}

/** Over connections of its own, which closing the instance closes. */
function connect({ clientConfig, closers }: Runtime): NativeRows | undefined {
  if (clientConfig === undefined) return undefined;
  const dynamo = new DynamoItemStore({ client: clientConfig });
  const native = new NativeRows(dynamo);
  closers.add(async () => {
    await native.settled();
    dynamo.close();
    return { released: 0, unreleased: [] };
  });
  return native;
}
