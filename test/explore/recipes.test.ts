import { describe, expect, test } from 'vitest';
import { Holdfast } from '../../lib/index.ts';
import { barrier, latch, semaphore } from '../../lib/recipes/index.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { checkPermits } from '../check/permits.ts';
import { demand } from '../check/verdict.ts';
import { type Library, loadLibrary } from '../planted/load.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { explore } from './explore.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

const EXECUTIONS = 80;
const LEASE_MS = 2_000;
const CLIENTS = ['alice', 'bob'];

/** A process of the schedule that renews nothing, so that nothing happens without a reason. */
function connect({ name, clock, store }: ScheduledClient, Made = Holdfast): Holdfast {
  const random = new SeededRandom(name);
  const mode = 'lambda';
  return new Made({ store, clock, random, label: name, mode, requestTimeoutMs: 200 });
}

/** Runs one program for each client, and returns the row that they leave behind. */
async function play(
  chooser: Chooser,
  faults: FaultBudget,
  program: (holdfast: Holdfast, client: ScheduledClient, schedule: Schedule) => Promise<void>,
  Made?: typeof Holdfast,
) {
  const schedule = new Schedule(chooser, faults);
  for (const name of CLIENTS) {
    schedule.start(name, async (client) => {
      const holdfast = connect(client, Made);
      await program(holdfast, client, schedule);
      await holdfast.close();
    });
  }
  await schedule.run();
  return schedule.memory.snapshot()[0];
}

const FAULTS: readonly FaultBudget[] = [{ lostAnswers: 1 }, { duplicates: 1 }, { delays: 1 }];

/** Two of three count, each once, whatever happens to their requests. */
async function countDown(chooser: Chooser, faults: FaultBudget, library?: Library): Promise<void> {
  const make = library?.latch ?? latch;
  const count = async (holdfast: Holdfast, { name }: ScheduledClient) => {
    const shared = make(holdfast, 'it', { count: CLIENTS.length + 1 });
    await shared.countDown(name);
  };
  const row = await play(chooser, faults, count, library?.Holdfast);
  expect(row).toMatchObject({ left: 1, parties: { alice: true, bob: true } });
}

describe('every interleaving of two processes', () => {
  test.each([...FAULTS, { pauses: 1 }])(
    'shares the one permit of a semaphore: %o',
    async (faults) => {
      const result = await explore(
        async (chooser) => {
          const claims = new HeldClaims();
          const row = await play(chooser, faults, async (holdfast, client, { clock }) => {
            const shared = semaphore(holdfast, 'it', { permits: 1 });
            const hold = await shared.acquire({ leaseMs: LEASE_MS });
            const who = { holder: client.name, token: hold.token };
            const claim = claims.begin(clock, { rate: 1 }, who, hold);
            claim.end();
            await hold.release();
          });
          const intervals = claims.intervals.map((each) => ({ ...each, permits: 1 }));
          demand(checkPermits(intervals, 1), CLIENTS.length);
          expect(row).toMatchObject({ free: 1, seats: 64, holders: {} });
        },
        { limit: EXECUTIONS },
      );
      expect(result.executions).toBeGreaterThan(5);
    },
  );

  test.each(FAULTS)('counts a latch down once for each: %o', async (faults) => {
    const result = await explore((chooser) => countDown(chooser, faults), { limit: EXECUTIONS });
    expect(result.executions).toBeGreaterThan(5);
  });

  test('finds a latch that counts requests instead of parties', async () => {
    const library = await loadLibrary('latch-counts-requests');
    const run = explore((chooser) => countDown(chooser, { duplicates: 1 }, library));
    await expect(run).rejects.toThrow(/^execution \d+/);
  });

  test.each(FAULTS)('meets at a barrier twice: %o', async (faults) => {
    const result = await explore(
      async (chooser) => {
        const met: number[] = [];
        const row = await play(chooser, faults, async (holdfast, { name }) => {
          const shared = barrier(holdfast, 'it', { parties: CLIENTS.length });
          met.push(await shared.arrive({ id: name }), await shared.arrive({ id: name }));
        });
        expect(met.toSorted()).toEqual([0, 0, 1, 1]);
        expect(row).toMatchObject({ generation: 2, left: 2, parties: {} });
      },
      { limit: EXECUTIONS },
    );
    expect(result.executions).toBeGreaterThan(5);
  });
});
