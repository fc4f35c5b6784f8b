import { describe, expect, test } from 'vitest';
import { type Group, group, type Membership } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { loadLibrary } from '../planted/load.ts';
import type { Chooser } from './choices.ts';
import { explore } from './explore.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

const EXECUTIONS = 40;
const LEASE_MS = 2_000;
const CLIENTS = ['alice', 'bob'];

const FAULTS: readonly FaultBudget[] = [
  {},
  ...['lostAnswers', 'duplicates', 'delays', 'crashes'].map((kind) => ({ [kind]: 1 })),
];

type Library = { readonly Holdfast: typeof Holdfast; readonly group: typeof group };

/** A process that renews nothing, so that nothing happens without a reason. */
function open(library: Library, { name, clock, store }: Omit<ScheduledClient, 'done'>): Group {
  const random = new SeededRandom(name);
  const options = { store, clock, random, label: name, mode: 'lambda' as const };
  const holdfast = new library.Holdfast({ ...options, requestTimeoutMs: 200 });
  return library.group(holdfast, 'it', { sweepMs: 200 });
}

/** Runs a program for each client, and then lets another process see to what they leave behind. */
async function play(
  chooser: Chooser,
  faults: FaultBudget,
  program: (members: Group, name: string) => Promise<Membership | undefined>,
  library: Library = { Holdfast, group },
) {
  const schedule = new Schedule(chooser, faults);
  const memberships: Membership[] = [];
  for (const name of CLIENTS) {
    schedule.start(name, async (client) => {
      const membership = await program(open(library, client), name);
      if (membership !== undefined) memberships.push(membership);
    });
  }
  await schedule.run();
  const rowsOf = (kind: string) =>
    schedule.memory.snapshot().filter(({ sk }) => sk.startsWith(kind));
  const [members, beats] = [rowsOf('member#'), rowsOf('beat#')];
  const clock = schedule.clock.clientClock();
  const eve = open(library, { name: 'eve', clock, store: schedule.memory as never });
  for (let look = 0; look < 4; look += 1) {
    await schedule.clock.advance(2 * LEASE_MS);
    await schedule.clock.run(eve.view());
  }
  return { memberships, members, beats, left: (await eve.view()).members, head: rowsOf('head')[0] };
}

describe('every interleaving of two processes', () => {
  test.each(FAULTS)('leaves nobody in a group who has left or died: %o', async (faults) => {
    const result = await explore(
      async (chooser) => {
        const { left, head } = await play(chooser, faults, async (members, name) => {
          const membership = await members.join({ id: name, leaseMs: LEASE_MS });
          const { members: seen } = await members.view();
          expect(seen.map(({ id }) => id)).toContain(name);
          await membership.leave();
          return undefined;
        });
        expect(left).toEqual([]);
        expect(head?.digest ?? 0).toBe(0);
      },
      { limit: EXECUTIONS },
    );
    expect(result.executions).toBeGreaterThan(5);
  });

  test.each(FAULTS)('gives one id to one of them: %o', async (faults) => {
    const result = await explore(
      async (chooser) => {
        const played = await play(chooser, faults, (members) =>
          members.join({ id: 'same', leaseMs: LEASE_MS }).catch(() => undefined),
        );
        if (faults.crashes === undefined) {
          const [member, beat] = [played.members[0], played.beats[0]];
          expect(member?.incarnation).toBe(beat?.owner);
          const lives = played.memberships.map(({ incarnation }) => incarnation);
          expect(lives).toContain(beat?.owner);
        }
        expect(played.left).toEqual([]);
      },
      { limit: EXECUTIONS },
    );
    expect(result.executions).toBeGreaterThan(5);
  });

  test('finds a member hidden by the row of an older life', async () => {
    const library = await loadLibrary('group-removed-by-id');
    const run = explore(
      async (chooser) => {
        const { members, beats } = await play(
          chooser,
          {},
          async (it, name) => {
            const membership = await it.join({ id: 'same', leaseMs: LEASE_MS });
            if (name === 'alice') await membership.leave();
            return membership as never;
          },
          library,
        );
        expect(members.map(({ incarnation }) => incarnation)).toEqual(
          beats.map(({ owner }) => owner),
        );
      },
      { limit: 2_000 },
    );
    await expect(run).rejects.toThrow(/^execution \d+/);
  });
});
