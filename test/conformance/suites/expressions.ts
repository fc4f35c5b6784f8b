import { expect } from 'vitest';
import { set } from '../../../lib/store/update.ts';
import { CONDITION_CASES } from '../cases/conditions.ts';
import { UPDATE_CASES } from '../cases/updates.ts';
import { outcomeOf, type StoreTest } from './harness.ts';

/** Every kind of condition and every kind of action, against rows of every shape. */
export function conditionSuite(testOn: StoreTest): void {
  for (const { title, row, condition, holds, needs } of CONDITION_CASES) {
    testOn(
      title,
      async ({ store, key, given, attributes }) => {
        await given(row);
        const request = { kind: 'update', key, actions: [set('hit', true)], condition } as const;
        const changed = { ...row, hit: true };
        expect(await outcomeOf(store, request)).toEqual(
          holds ? { kind: 'applied', row: changed } : { kind: 'refused', row },
        );
        expect(await attributes()).toEqual(holds ? changed : row);
      },
      needs,
    );
  }
}

export function updateSuite(testOn: StoreTest): void {
  for (const { title, row, actions, becomes, needs } of UPDATE_CASES) {
    testOn(
      title,
      async ({ store, key, given, attributes }) => {
        await given(row);
        expect(await outcomeOf(store, { kind: 'update', key, actions })).toEqual(
          becomes === 'invalid'
            ? { kind: 'failed', reason: 'invalid-request' }
            : { kind: 'applied', row: becomes },
        );
        expect(await attributes()).toEqual(becomes === 'invalid' ? row : becomes);
      },
      needs,
    );
  }
}
