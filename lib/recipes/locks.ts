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
   * Another way to native transactions of the table in place of DynamoDB's, as in tests. @default
   * DynamoDB; none where the instance was given a store, and then locks are taken one by one
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

interface Known {
  readonly items: ItemStore | undefined;
  readonly native: NativeRows;
}

/** One for each instance: it has connections, and learns what the table lacks. */
const KNOWN = new WeakMap<Runtime, Known>();

function nativeOf(runtime: Runtime, items: ItemStore | undefined): NativeRows | undefined {
  const known = KNOWN.get(runtime);
  if (known !== undefined && known.items === items) return known.native;
  const store = items ?? dynamoOf(runtime);
  if (store === undefined) return undefined;
  const native = new NativeRows(runtime, store);
  KNOWN.set(runtime, { items, native });
  if (store instanceof DynamoItemStore && items === undefined) {
    runtime.closers.add(async () => {
      await native.settled();
      store.close();
      return { released: 0, unreleased: [] };
    });
  }
  return native;
}

function dynamoOf({ clientConfig }: Runtime): DynamoItemStore | undefined {
  return clientConfig && new DynamoItemStore({ client: clientConfig });
}
