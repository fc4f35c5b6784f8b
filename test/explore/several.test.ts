import { describe, expect, test } from 'vitest';
import { Holdfast, type HoldfastErrorCode, isHoldfastError } from '../../lib/index.ts';
import type { ExportedHold } from '../../lib/recipes/index.ts';
import * as recipes from '../../lib/recipes/index.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { checkExclusion } from '../check/exclusion.ts';
import { demand } from '../check/verdict.ts';
import { type Library, loadLibrary } from '../planted/load.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { explore } from './explore.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

type Parts = Pick<Library, 'Holdfast' | 'locks' | 'exportHold' | 'adopt'>;

/** One execution of two processes under some faults. */
type Program = (chooser: Chooser, faults: FaultBudget, library: Parts) => Promise<void>;

const EXECUTIONS = 40;
const LEASE_MS = 2_000;
const LIBRARY: Parts = { Holdfast, ...recipes };
const FAULTS: readonly FaultBudget[] = [
  { lostAnswers: 1 },
  { duplicates: 1 },
  { delays: 1 },
  { pauses: 1 },
];

/** A process that renews nothing, so that nothing happens without a reason. */
function connect({ name, clock, store }: ScheduledClient, library: Parts): Holdfast {
  const random = new SeededRandom(name);
  const mode = 'lambda';
  return new library.Holdfast({ store, clock, random, label: name, mode, requestTimeoutMs: 200 });
}

/** What both hold for a moment, which must not be the same moment. */
function claiming({ clock }: Schedule, claims: HeldClaims, { name: holder }: ScheduledClient) {
  return (hold: { readonly token: number; remainingMs(): number }) =>
    claims.begin(clock, { rate: 1 }, { holder, token: hold.token }, hold);
}

/** The result; `undefined` for an error that callers have to reckon with. */
function orElse<Result>(work: Promise<Result>, code: HoldfastErrorCode) {
  return work.catch((error: unknown) => {
    if (isHoldfastError(error, code)) return undefined;
    throw error;
  });
}

/** Alice holds under a session, and does not give it back; Bob waits for what she holds. */
const underSession: Program = async (chooser, faults, library) => {
  const schedule = new Schedule(chooser, faults);
  const claims = new HeldClaims();
  schedule.start('alice', async (client) => {
    const holdfast = connect(client, library);
    const session = await holdfast.session({ leaseMs: LEASE_MS });
    const result = await orElse(holdfast.lock('it').tryAcquire({ under: session }), 'lease-lost');
    if (result?.acquired !== true) return;
    const claim = claiming(schedule, claims, client)(result.hold);
    await holdfast.lock('other').tryAcquire({ leaseMs: LEASE_MS });
    claim.look();
    claim.end();
  });
  schedule.start('bob', async (client) => {
    const holdfast = connect(client, library);
    const hold = await holdfast.lock('it').acquire({ leaseMs: LEASE_MS });
    claiming(schedule, claims, client)(hold).end();
    await holdfast.close();
  });
  await schedule.run();
  demand(checkExclusion(claims.intervals), 0);
};

/** Both want the same two locks, which they name in opposite orders. */
const twoLocks: Program = async (chooser, faults, library) => {
  const schedule = new Schedule(chooser, faults);
  const claims = { x: new HeldClaims(), y: new HeldClaims() };
  const wishes = { alice: ['x', 'y'], bob: ['y', 'x'] } as const;
  for (const [name, names] of Object.entries(wishes)) {
    schedule.start(name, async (client) => {
      const holdfast = connect(client, library);
      const hold = await library.locks(holdfast, names).acquire({ leaseMs: LEASE_MS });
      const begun = names.map((each) => claiming(schedule, claims[each], client)(hold.hold(each)));
      for (const claim of begun) claim.end();
      await hold.release();
      await holdfast.close();
    });
  }
  await schedule.run();
  for (const { intervals } of Object.values(claims)) demand(checkExclusion(intervals), 0);
  const owners = schedule.memory.snapshot().map(({ owner }) => owner);
  expect(owners).toEqual([undefined, undefined]);
};

/** Alice exports what she holds, and both adopt it. */
const exported: Program = async (chooser, faults, library) => {
  const schedule = new Schedule(chooser, faults);
  const claims = new HeldClaims();
  const adopted: string[] = [];
  const adoptsOnce = async (client: ScheduledClient, holdfast: Holdfast, message: ExportedHold) => {
    const adoption = library.adopt(holdfast, message, { leaseMs: LEASE_MS });
    const hold = await orElse(adoption, 'export-stale');
    if (hold === undefined) return;
    adopted.push(client.name);
    claiming(schedule, claims, client)(hold).end();
    await hold.release();
  };
  let send: (message: ExportedHold) => void = () => undefined;
  const sent = new Promise<ExportedHold>((resolve) => {
    send = resolve;
  });
  schedule.start('alice', async (client) => {
    const holdfast = connect(client, library);
    const hold = await holdfast.lock('it').acquire({ leaseMs: LEASE_MS });
    const claim = claiming(schedule, claims, client)(hold);
    const message = await library.exportHold(hold, { leaseMs: 10 * LEASE_MS });
    claim.end();
    send(message);
    await adoptsOnce(client, holdfast, message);
    await holdfast.close();
  });
  schedule.start('bob', async (client) => {
    const holdfast = connect(client, library);
    await adoptsOnce(client, holdfast, await sent);
    await holdfast.close();
  });
  await schedule.run();
  demand(checkExclusion(claims.intervals), 0);
  expect(adopted).toHaveLength(1);
};

describe('every interleaving of two processes', () => {
  test.each([...FAULTS, { crashes: 1 }])('holds under a session: %o', async (faults) => {
    const run = (chooser: Chooser) => underSession(chooser, faults, LIBRARY);
    const result = await explore(run, { limit: EXECUTIONS });
    expect(result.executions).toBeGreaterThan(5);
  });

  test.each(FAULTS)('takes two locks at once: %o', async (faults) => {
    const run = (chooser: Chooser) => twoLocks(chooser, faults, LIBRARY);
    const result = await explore(run, { limit: EXECUTIONS });
    expect(result.executions).toBeGreaterThan(5);
  });

  test.each(FAULTS)('adopts once what was exported: %o', async (faults) => {
    const run = (chooser: Chooser) => exported(chooser, faults, LIBRARY);
    const result = await explore(run, { limit: EXECUTIONS });
    expect(result.executions).toBeGreaterThan(5);
  });

  test('finds a hold that outlives its session', async () => {
    const library = await loadLibrary('session-end-not-passed-on');
    const run = explore((chooser) => underSession(chooser, { pauses: 1 }, library));
    await expect(run).rejects.toThrow(/^execution \d+/);
  });
});
