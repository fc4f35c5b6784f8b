import { expect, test } from 'vitest';
import type { RequestObserver } from '../../../lib/store/request-observer.ts';
import type { Store, WriteRequest, WriteResult } from '../../../lib/store/store.ts';
import type { Item, Key, ValueMap } from '../../../lib/store/value.ts';
import { type Capability, lackOf } from '../capabilities.ts';
import { type Engine, freshKey, type RunningEngine } from '../engines.ts';

/** What a test of the store contract works with. Every test has a row of its own. */
export interface StoreFixture {
  readonly engine: Engine;
  readonly running: RunningEngine;
  readonly store: Store;
  readonly key: Key;
  /** Opens another store on the same table, with connections of its own. */
  open(onRequest?: RequestObserver): Store;
  /** Puts the row that the test begins with; undefined leaves it missing. */
  given(row: ValueMap | undefined, key?: Key): Promise<void>;
  /** The row as a consistent read sees it, without its key. */
  attributes(key?: Key): Promise<ValueMap | undefined>;
}

export type StoreTest = (
  title: string,
  body: (fixture: StoreFixture) => Promise<void>,
  ...needs: readonly (Capability | undefined)[]
) => void;

/** Declares tests that run on `engine`, and say why when they can't. */
export function testsOn(engine: Engine, running: () => RunningEngine): StoreTest {
  return (title, body, ...needs) => {
    test(title, async (context) => {
      if (engine.unavailable !== undefined) context.skip(engine.unavailable);
      for (const need of needs) {
        const lack = need === undefined ? undefined : lackOf(engine.name, need);
        if (lack !== undefined) context.skip(lack);
      }
      await body(fixtureOf(engine, running()));
    });
  };
}

function fixtureOf(engine: Engine, running: RunningEngine): StoreFixture {
  const ownKey = freshKey();
  const store = running.openStore();
  return {
    engine,
    running,
    store,
    key: ownKey,
    open: (onRequest) => running.openStore({ onRequest }),
    async given(row, key = ownKey) {
      if (row === undefined) return;
      expect(await store.write({ kind: 'put', item: { ...row, ...key } })).toMatchObject({
        kind: 'applied',
      });
    },
    async attributes(key = ownKey) {
      const read = await store.get({ key, consistent: true });
      if (read.kind === 'failed') throw new Error(read.failure.message);
      return read.kind === 'found' ? withoutKey(read.item) : undefined;
    },
  };
}

export function withoutKey(item: Item): ValueMap {
  const { pk: _, sk: __, ...attributes } = item;
  return attributes;
}

/** The write's result as the tests compare it: its kind, and the row without key. */
export async function outcomeOf(
  store: Store,
  request: WriteRequest,
): Promise<{ kind: WriteResult['kind']; row?: ValueMap | undefined; reason?: string }> {
  const result = await store.write(request);
  if (result.kind === 'failed' || result.kind === 'unknown') {
    return { kind: result.kind, reason: result.failure.reason };
  }
  return { kind: result.kind, row: result.item && withoutKey(result.item) };
}
