import { describe, expect, test } from 'vitest';
import * as naming from '../../../lib/naming/index.ts';
import { formOf } from '../../../lib/naming/name-form.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Call } from '../support/pools.ts';
import { Stage } from '../support/stage.ts';

type Naming = Pick<typeof naming, 'names'>;

function namesOf(actor: Actor, library: Naming = naming) {
  return library.names(actor.holdfast, 'users');
}

const TAKEN = { code: 'name-taken' };

guarantee(
  'names: of two who claim one name at the same moment, one gets it',
  { without: 'names-claim-unconditional' },
  async (library) => {
    const stage = new Stage(library);
    const actors = await stage.actors('a', 'b');
    const claims = actors.map((actor) =>
      namesOf(actor, library).claim('Ada', { owner: actor.label }),
    );
    const results = await stage.run(Promise.allSettled(claims));
    return results.filter(({ status }) => status === 'fulfilled').length === 1;
  },
);

guarantee(
  'names: a release that arrives twice does not free the name of another',
  { without: 'names-released-for-another' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(namesOf(a, library).claim('Ada', { owner: 'a' }));
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 500 });
    await stage.run(namesOf(a, library).release('Ada', { owner: 'a' }));
    await stage.run(namesOf(b, library).claim('Ada', { owner: 'b' }));
    await stage.advance(1_000);
    return (await stage.run(namesOf(b, library).resolve('Ada')))?.owner === 'b';
  },
);

guarantee(
  'names: a claim that arrives twice does not take back what was given up since',
  { without: 'names-claimed-again-by-a-copy' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    a.network.onNextWrite({ kind: 'duplicate', afterMs: 500 });
    await stage.run(namesOf(a, library).claim('Ada', { owner: 'a' }));
    await stage.run(namesOf(a, library).release('Ada', { owner: 'a' }));
    await stage.advance(1_000);
    return (await stage.run(namesOf(a, library).resolve('Ada'))) === undefined;
  },
);

guarantee(
  'names: a release without an answer, after which others had the name, is not called refused',
  { without: 'names-overtaken-is-refused' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(namesOf(a, library).claim('Ada', { owner: 'a' }));
    const lost = a.network.onNextWrite({ kind: 'lose-answer' });
    const release = namesOf(a, library)
      .release('Ada', { owner: 'a' })
      .then(
        () => 'told',
        (error: { readonly code: string }) => error.code,
      );
    await stage.until(() => lost.hit);
    await stage.advance(100);
    await stage.run(namesOf(b, library).claim('Ada', { owner: 'b' }));
    return (await stage.run(release)) === 'store-unavailable';
  },
);

describe('names', () => {
  test('are one name in every writing, and shown as they were written', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(namesOf(a).claim(' Straße  1', { owner: 'a', meta: { role: 'x' } }));
    const found = await stage.run(namesOf(b).resolve('STRASSE 1'));
    expect(found).toMatchObject({ name: 'Straße  1', form: 'strasse 1', owner: 'a' });
    expect(found?.meta).toEqual({ role: 'x' });
    const claim = namesOf(b).claim('ＳＴＲＡＳＳＥ 1', { owner: 'b' });
    await expect(stage.run(claim)).rejects.toMatchObject(TAKEN);
    expect(await stage.run(namesOf(b).resolve('Strasse 2'))).toBeUndefined();
  });

  test.each(['lose-answer', 'drop', 'error-after'] as const)(
    'are claimed once and released once after: %s',
    async (kind) => {
      const stage = new Stage();
      const [a] = await stage.actors('a');
      a.network.onNextWrite({ kind });
      const entry = await stage.run(namesOf(a).claim('Ada', { owner: 'a' }), 20_000);
      expect(entry).toMatchObject({ name: 'Ada', owner: 'a' });
      a.network.onNextWrite({ kind });
      expect(await stage.run(namesOf(a).release('ADA', { owner: 'a' }), 20_000)).toBe(true);
      expect(await stage.run(namesOf(a).release('ada', { owner: 'a' }))).toBe(false);
    },
  );

  test('are kept for their owner after a release, for a time', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(namesOf(a).claim('Ada', { owner: 'a' }));
    await stage.run(namesOf(a).release('Ada', { owner: 'a', holdMs: 60_000 }));
    expect(await stage.run(namesOf(b).resolve('Ada'))).toBeUndefined();
    const early = namesOf(b).claim('Ada', { owner: 'b' });
    await expect(stage.run(early)).rejects.toMatchObject(TAKEN);
    await stage.run(namesOf(a).claim('Ada', { owner: 'a' }));
    await stage.run(namesOf(a).release('Ada', { owner: 'a', holdMs: 60_000 }));
    await stage.advance(65_000);
    expect(await stage.run(namesOf(b).claim('Ada', { owner: 'b' }))).toMatchObject({ owner: 'b' });
  });

  test('with a lease are free when it is over, unless they are claimed again', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const terms = { owner: 'a', leaseMs: 10_000 };
    await stage.run(namesOf(a).claim('host', terms));
    await stage.advance(8_000);
    await stage.run(namesOf(a).claim('host', terms));
    await stage.advance(8_000);
    const early = namesOf(b).claim('host', { owner: 'b' });
    await expect(stage.run(early)).rejects.toMatchObject(TAKEN);
    await stage.advance(6_000);
    expect(await stage.run(namesOf(b).claim('host', { owner: 'b' }))).toMatchObject({ owner: 'b' });
  });

  test('are changed so that one of the two always leads to the owner', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    await stage.run(namesOf(a).claim('old', { owner: 'a', meta: 1 }));
    await stage.run(namesOf(b).claim('other', { owner: 'b' }));
    const stolen = namesOf(b).rename('old', 'mine', { owner: 'b' });
    await expect(stage.run(stolen)).rejects.toMatchObject(TAKEN);
    const taken = namesOf(a).rename('old', 'other', { owner: 'a' });
    await expect(stage.run(taken)).rejects.toMatchObject(TAKEN);
    const call = new Call(namesOf(a).rename('old', 'new', { owner: 'a' }));
    while (!call.isOver) {
      await stage.advance(1);
      const rows = stage.table.snapshot().filter(({ nameOwner }) => nameOwner === 'a');
      expect(rows.length).toBeGreaterThan(0);
    }
    expect(call.result).toMatchObject({ name: 'new', owner: 'a', meta: 1 });
    expect(await stage.run(namesOf(b).resolve('old'))).toBeUndefined();
    const again = await stage.run(namesOf(a).rename('old', 'new', { owner: 'a' }));
    expect(again).toMatchObject({ name: 'new', owner: 'a' });
    const written = await stage.run(namesOf(a).rename('new', 'New', { owner: 'a' }));
    expect(written).toMatchObject({ name: 'New', form: 'new', meta: 1 });
  });

  test('are listed in order, and watched for what comes, changes and goes', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const names = namesOf(a);
    for (const name of ['bob', 'Ann', 'al']) await stage.run(names.claim(name, { owner: 'x' }));
    const list = async (prefix?: string) => {
      const found: string[] = [];
      for await (const { name } of names.list(prefix === undefined ? {} : { prefix })) {
        found.push(name);
      }
      return found;
    };
    expect(await stage.run(list())).toEqual(['al', 'Ann', 'bob']);
    expect(await stage.run(list('A'))).toEqual(['al', 'Ann']);
    const changes: string[] = [];
    const abort = new AbortController();
    const watching = (async () => {
      for await (const { kind, entry } of names.watch({ pollMs: 100, signal: abort.signal })) {
        changes.push(`${kind} ${entry.name}`);
      }
    })();
    await stage.advance(150);
    await stage.run(names.release('bob', { owner: 'x' }));
    await stage.run(names.claim('ann', { owner: 'x', meta: 2 }));
    await stage.advance(300);
    abort.abort();
    await stage.run(watching);
    expect(changes).toEqual([
      'claimed al',
      'claimed Ann',
      'claimed bob',
      'gone bob',
      'changed ann',
    ]);
  });

  test('reach into no other rows, whatever they hold', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const odd = ['#', 'lock#x', '=', '__proto__', 'constructor', 'a#b', '../x'];
    for (const name of odd) await stage.run(namesOf(a).claim(name, { owner: 'a' }));
    const rows = stage.table.snapshot();
    expect(new Set(rows.map(({ pk }) => pk))).toEqual(new Set(['default#names#users']));
    expect(rows.map(({ sk }) => sk)).toEqual(odd.map((name) => `=${name}`).toSorted());
  });

  test('of the wrong kind are refused before any request', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const names = namesOf(a);
    const wrong = ['', '  ', 'a\u0000b', 'a\u202eb', '\u200b', '\ud800', 'x'.repeat(513)];
    for (const name of wrong) {
      await expect(names.claim(name, { owner: 'a' })).rejects.toThrow(/name: expected/);
    }
    await expect(names.claim('x', { owner: '' })).rejects.toThrow(/owner: expected/);
    await expect(names.claim('x', { owner: 'a', leaseMs: 1 })).rejects.toThrow(/leaseMs/);
    const meta = 'x'.repeat(600);
    await expect(names.claim('x', { owner: 'a', meta })).rejects.toThrow(/512 bytes/);
    await expect(names.release('x', { owner: 'a', holdMs: -1 })).rejects.toThrow(/holdMs/);
    expect(() => naming.names(a.holdfast, '')).toThrow(/not empty/);
    expect(stage.ledger.arrivals).toEqual([]);
  });
});

test('the form of a name is stable, and brings together what people take for the same', () => {
  for (const name of ['Straße', 'ΣΊΣΥΦΟΣ', 'ﬁne', 'İstanbul', 'A\u00a0B', 'e\u0301', 'ǅ']) {
    expect(formOf(formOf(name))).toBe(formOf(name));
  }
  expect(formOf('ΣΊΣΥΦΟΣ')).toBe(formOf('Σίσυφος'));
  expect(formOf('e\u0301')).toBe(formOf('É'));
  expect(formOf('раypal')).not.toBe(formOf('paypal'));
});
