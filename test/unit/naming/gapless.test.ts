import { describe, expect, test } from 'vitest';
import { Holdfast } from '../../../lib/holdfast.ts';
import * as naming from '../../../lib/naming/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { TransactionClient } from '../../sim/transactions/world.ts';
import { decides, endingOf, ITEMS, one, stage, unlocks } from '../transaction/stage.ts';

type Naming = Pick<typeof naming, 'sequence'>;

function invoices({ holdfast }: TransactionClient, library: Naming = naming) {
  return library.sequence(holdfast, 'invoices');
}

/** Writes an invoice under the next number; `fails` after it has been asked for. */
function write(client: TransactionClient, library: Naming = naming, fails = false) {
  return client.transactions.transact(async (tx) => {
    const number = await invoices(client, library).gapless(tx);
    if (fails) throw new Error('no invoice after all');
    await tx.insert(ITEMS, { id: `invoice-${number}` });
    return number;
  });
}

const numberOf = async (work: Promise<{ readonly value: number }>) => (await work).value;

guarantee(
  'a sequence without gaps: a number of a transaction that fails is given again',
  { without: 'gapless-number-taken-at-once' },
  async (library) => {
    const world = stage(library);
    const a = world.start('a');
    await world.run(write(a, library));
    await world.run(endingOf(write(a, library, true)));
    return (await world.run(numberOf(write(a, library)))) === 2;
  },
);

guarantee(
  'a sequence without gaps: gives two numbers to two calls at once in one transaction',
  { without: 'gapless-reads-before-others' },
  async (library) => {
    const world = stage(library);
    const a = world.start('a');
    const both = a.transactions.transact((tx) => {
      const sequence = invoices(a, library);
      return Promise.all([sequence.gapless(tx), sequence.gapless(tx)]);
    });
    return (await world.run(both)).value.toSorted().join() === '1,2';
  },
);

guarantee(
  'a sequence without gaps: no block is taken from it',
  { without: 'sequence-kind-unchecked' },
  async (library) => {
    const world = stage(library);
    const a = world.start('a');
    await world.run(write(a, library));
    return (await world.run(endingOf(invoices(a, library).next()))) === 'sequence-mismatch';
  },
);

describe('a sequence without gaps', () => {
  test('gives its numbers in the order of the commits, whoever takes them', async () => {
    const world = stage();
    const clients = ['a', 'b', 'c'].map((name) => world.start(name));
    const works = clients.flatMap((client) => [write(client), write(client), write(client)]);
    const numbers = (await world.run(Promise.all(works), 120_000)).map(({ value }) => value);
    expect(numbers.toSorted((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const number of numbers) {
      const key = { table: ITEMS, key: { id: { S: `invoice-${number}` } } };
      expect(world.memory.peek(key)).toBeDefined();
    }
  });

  test.each([
    ['before its decision', 'crash-before', decides, 1],
    ['at its decision', 'crash-after', decides, 2],
    ['when half is written', 'crash-before', unlocks('invoice-1'), 2],
  ] as const)('goes on without a gap after a process that died %s', async (_, fault, at, next) => {
    const world = stage();
    const [a, b] = [world.start('a'), world.start('b')];
    a.network.onNextWrite(fault, at);
    void endingOf(write(a));
    await world.clock.advance(5_000);
    expect(await world.run(numberOf(write(b)))).toBe(next);
    await world.run(b.transactions.sweep());
    expect(world.leftovers()).toEqual([]);
  });

  test('refuses a name whose numbers were given in blocks, and any other tx', async () => {
    const world = stage();
    const a = world.start('a');
    await world.run(invoices(a).next());
    await expect(world.run(write(a))).rejects.toMatchObject({ code: 'sequence-mismatch' });
    const other = invoices(a).gapless({ id: 'another', attempt: 1 });
    await expect(other).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('takes part in transactions of its own namespace only', async () => {
    const world = stage();
    const a = world.start('a');
    const elsewhere = new Holdfast({ store: world.rows, clock: a.clock, namespace: 'other' });
    const work = a.transactions.transact((tx) =>
      naming.sequence(elsewhere, 'invoices').gapless(tx),
    );
    await expect(world.run(work)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('gives none when its row was deleted by hand in between', async () => {
    const world = stage();
    const a = world.start('a');
    await world.run(write(a));
    const [row] = world.rows.snapshot().filter(({ sk }) => sk === 'sequence');
    if (row === undefined) throw new Error('there is no row');
    await world.rows.write({ kind: 'delete', key: { pk: row.pk, sk: row.sk } });
    const ending = await world.run(
      endingOf(a.transactions.transact((tx) => invoices(a).gapless(tx), one)),
    );
    expect(ending).toBe('check-failed');
  });
});
