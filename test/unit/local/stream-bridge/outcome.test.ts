import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../../../../lib/local/stream-bridge/outcome.ts';
import { recordsOf } from './records.ts';

const batch = recordsOf(4);
const failing = (...names: readonly unknown[]) => ({
  batchItemFailures: names.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('an answer', () => {
  test.each([
    [undefined],
    [null],
    [''],
    [{}],
    [{ batchItemFailures: [] }],
    [{ batchItemFailures: null }],
  ])('%j is success', (answer) => {
    expect(outcomeOf(answer, batch, true)).toEqual({ kind: 'done' });
  });

  test('goes on from the lowest sequence number that it names', () => {
    expect(outcomeOf(failing('4', '2', '3'), batch, true)).toEqual({ kind: 'failed', from: 1 });
  });

  test.each([
    [failing('')],
    [failing(null)],
    [failing('99')],
    [failing('3', 'unheard of')],
    [{ batchItemFailures: [{ id: '2' }] }],
    [{ batchItemFailures: [null] }],
    [{ batchItemFailures: 'all' }],
  ])('%j fails the whole batch', (answer) => {
    expect(outcomeOf(answer, batch, true)).toEqual({ kind: 'failed', from: 0 });
  });

  test('is not looked at unless the mapping asks for it', () => {
    expect(outcomeOf(failing('1'), batch, false)).toEqual({ kind: 'done' });
  });
});
