import { guarantee } from '../../planted/control.ts';
import { Stage } from '../support/stage.ts';

/** The code of the error that a call ends with. */
async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return (error as { readonly code?: string } | undefined)?.code;
}

guarantee(
  'a read-write lock: a hold that was given back does not become another one',
  { without: 'hold-converted-after-release' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const hold = await stage.run(library.readWriteLock(a.holdfast, 'it').write.acquire());
    await stage.run(hold.release());
    return (await stage.run(codeOf(hold.downgrade()))) === 'lease-lost';
  },
);

guarantee(
  'a session: nothing rides on it that others would look for elsewhere',
  { without: 'session-of-another-instance' },
  async (library) => {
    const stage = new Stage(library);
    const [a, b] = await stage.actors('a', 'b');
    const { clock, network: store } = a;
    const parts = { store, clock, label: 'elsewhere', namespace: 'elsewhere' };
    const elsewhere = new library.Holdfast({ ...parts, mode: 'service' });
    const session = await stage.run(elsewhere.session());
    const ending = await stage.run(codeOf(a.holdfast.lock('it').acquire({ under: session })));
    const taken = await stage.tries(b);
    // What seems to be held under no session at all is anybody's.
    return ending === 'invalid-argument' && taken !== undefined;
  },
);

guarantee(
  'a transfer: a leadership that was resigned before has gone to no candidate',
  { without: 'transfer-of-what-was-resigned' },
  async (library) => {
    const stage = new Stage(library);
    const [a] = await stage.actors('a');
    const leadership = await stage.leads(a);
    await stage.run(leadership.resign());
    const { outcome } = await stage.run(leadership.transferTo('b'));
    return outcome === 'lost';
  },
);
