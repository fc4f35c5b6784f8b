import { expect, test } from 'vitest';
import { endingOf, given, locks, one, readValue, setting, stage, unlocks } from './stage.ts';

test.each(['crash-before', 'crash-after'] as const)(
  'giving up: what a process leaves that dies while it takes back its locks is removed: %s',
  async (fault) => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    await world.run(given(a, { id: 'x', value: 0 }, { id: 'y', value: 0 }));
    // One item is changed by another while it locks, so that it has to give up.
    const run = () => setting(b, { y: 7 });
    a.network.interpose({ on: 'write', when: 'before', matches: locks('y'), run });
    a.network.onNextWrite(fault, unlocks('x'));
    void endingOf(setting(a, { x: 1, y: 1 }, one));
    await world.clock.advance(5_000);
    expect(world.faults[fault]).toBe(1);
    const values = await world.run(Promise.all([readValue(b, 'x'), readValue(b, 'y')]));
    expect(values).toEqual([0, 7]);
    await world.run(b.transactions.sweep());
    expect(world.leftovers()).toEqual([]);
  },
);
