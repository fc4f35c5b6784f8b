import { describe, expect, test } from 'vitest';
import * as naming from '../../../lib/naming/index.ts';
import { guarantee } from '../../planted/control.ts';
import type { Actor } from '../support/actor.ts';
import { Call } from '../support/pools.ts';
import { Stage } from '../support/stage.ts';

type Naming = Pick<typeof naming, 'names'>;

const LEASE_MS = 6_000;
const TAKEN = { code: 'name-taken' };

function namesOf(actor: Actor, library: Naming = naming) {
  return library.names(actor.holdfast, 'hosts');
}

function begin(stage: Stage, actor: Actor) {
  return stage.run(actor.holdfast.session({ leaseMs: LEASE_MS }));
}

/** The name's row, as it is stored. */
function stored(stage: Stage) {
  return stage.table.snapshot().find(({ pk }) => String(pk).includes('#names#'));
}

describe('names under a session', () => {
  test('are claimed as any other, cost nothing while kept, and are never garbage', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const session = await begin(stage, a);
    stage.ledger.clear();
    const entry = await stage.run(namesOf(a).claim('Web', { owner: 'a', under: session }));
    expect(stage.ledger.bill('a')).toEqual({ requests: 2, readUnits: 1, writeUnits: 1 });
    expect(entry).toMatchObject({ owner: 'a', session: session.id, expiresAt: undefined });
    expect(stored(stage)).not.toHaveProperty('ttl');
    await stage.advance(5 * LEASE_MS);
    expect(stored(stage)).toMatchObject({ claimedAt: entry.claimedAt });
    const claim = namesOf(b).claim('web', { owner: 'b' });
    await expect(stage.run(claim)).rejects.toMatchObject(TAKEN);
    expect((await stage.run(namesOf(b).resolve('web')))?.owner).toBe('a');
  });

  test('return to others by one kill and one write when their process dies', async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const session = await begin(stage, a);
    for (const name of ['Web', 'Mail']) {
      await stage.run(namesOf(a).claim(name, { owner: 'a', under: session }));
    }
    a.die();
    await stage.advance(2 * LEASE_MS);
    stage.ledger.clear();
    await stage.run(namesOf(b).claim('web', { owner: 'b' }));
    // What is there, whether its session lives, that it does not any more, and the claim.
    expect(stage.ledger.bill('b')).toEqual({ requests: 4, readUnits: 2, writeUnits: 2 });
    stage.ledger.clear();
    await stage.run(namesOf(b).claim('mail', { owner: 'b' }));
    expect(stage.ledger.bill('b')).toEqual({ requests: 2, readUnits: 1, writeUnits: 1 });
  });

  test("are nobody's once their session has ended, for those who look", async () => {
    const stage = new Stage();
    const [a, b] = await stage.actors('a', 'b');
    const session = await begin(stage, a);
    await stage.run(namesOf(a).claim('Web', { owner: 'a', under: session }));
    await stage.run(session.close());
    expect(await stage.run(namesOf(b).resolve('web'))).toBeUndefined();
    const listed: string[] = [];
    await stage.run(
      (async () => {
        for await (const { form } of namesOf(b).list()) listed.push(form);
      })(),
    );
    expect(listed).toEqual([]);
    const late = namesOf(a).claim('Web', { owner: 'a', under: session });
    await expect(stage.run(late)).rejects.toMatchObject({ code: 'closed' });
    await stage.run(namesOf(b).claim('web', { owner: 'b' }));
  });

  test('stay under it when they are renamed, and leave it when claimed without', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const session = await begin(stage, a);
    const under = session;
    await stage.run(namesOf(a).claim('Web', { owner: 'a', meta: 1, under }));
    const renamed = await stage.run(namesOf(a).rename('Web', 'Site', { owner: 'a' }));
    expect(renamed).toMatchObject({ form: 'site', meta: 1, session: session.id });
    const kept = await stage.run(namesOf(a).claim('Site', { owner: 'a' }));
    expect(kept.session).toBeUndefined();
    await stage.run(session.close());
    expect((await stage.run(namesOf(a).resolve('Site')))?.owner).toBe('a');
  });

  test('have no lease of their own beside it', async () => {
    const stage = new Stage();
    const [a] = await stage.actors('a');
    const under = await begin(stage, a);
    const claim = namesOf(a).claim('Web', { owner: 'a', leaseMs: 5_000, under });
    await expect(claim).rejects.toMatchObject({ argument: 'leaseMs' });
    expect(stored(stage)).toBeUndefined();
  });
});

guarantee(
  'names under a session: that lives, nobody else gets them',
  { without: 'names-taken-from-a-living-session' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const under = await begin(stage, a);
    await stage.run(namesOf(a, library).claim('Web', { owner: 'a', under }));
    await stage.advance(3 * LEASE_MS);
    const call = new Call(namesOf(b, library).claim('web', { owner: 'b' }));
    await stage.until(() => call.isOver);
    return call.result === undefined;
  },
);

guarantee(
  "names under a session: that ends before the answer comes, they are nobody's",
  { without: 'names-kept-by-an-ended-session' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const under = await begin(stage, a);
    const call = new Call(namesOf(a, library).claim('Web', { owner: 'a', under }));
    // The row has been read, and the claim is on its way.
    await stage.advance(12);
    await stage.run(under.close());
    await stage.until(() => call.isOver);
    await stage.advance(1_000);
    return call.result === undefined && stored(stage)?.nameOwner === undefined;
  },
);
