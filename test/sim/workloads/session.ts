import { sleep } from '../../../lib/core/clock.ts';
import { isHoldfastError } from '../../../lib/errors.ts';
import { Holdfast } from '../../../lib/holdfast.ts';
import type { Session } from '../../../lib/lease/session.ts';
import type { LeaseOptions } from '../../../lib/options.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { SimulatedClient } from '../client.ts';
import type { World } from '../world.ts';

export const NAMESPACE = 'sim';

/** What all workloads on holds draw alike. */
export interface Habits {
  readonly clientNames: readonly string[];
  readonly threads: number;
  readonly leaseMs: number;
  readonly requestTimeoutMs: number;
  /** The longest that a thread does nothing between two uses. */
  readonly thinkMsMax: number;
  /** Whether processes keep a session, and most of their holds ride on it. */
  readonly keepsSessions: boolean;
}

export function drawHabits(random: SeededRandom): Habits {
  const clients = random.integer(2, 6);
  return {
    clientNames: Array.from({ length: clients }, (_, index) => `client-${index + 1}`),
    threads: random.integer(1, 3),
    leaseMs: random.pick([2_000, 3_000, 5_000, 15_000]),
    // Longer than the slowest usual round trip, and at most a third of the shortest lease.
    requestTimeoutMs: random.pick([150, 400, 650]),
    thinkMsMax: random.pick([100, 1_000, 10_000]),
    keepsSessions: random.chance(0.3),
  };
}

/** One of the threads in which a process works. */
export interface Thread {
  readonly name: string;
  /** The label of its process. */
  readonly label: string;
  readonly holdfast: Holdfast;
  readonly client: SimulatedClient;
  readonly world: World;
  readonly random: SeededRandom;
  /** What the threads of the process hold, and what to do when the process ends it. */
  readonly holds: Set<() => void>;
  readonly session: Session | undefined;
}

/** What the next grant lives on: a lease of its own, or the process's session. */
export function leaseOf(thread: Thread, habits: Habits): Pick<LeaseOptions, 'leaseMs' | 'under'> {
  const { session, random } = thread;
  if (session === undefined || random.chance(0.3)) return { leaseMs: habits.leaseMs };
  return { under: session };
}

/** How often what was to be expected in bad weather came. */
export class Endings {
  readonly counts = { givenUp: 0, outages: 0, lost: 0, closed: 0 };

  /** Counts an error that callers have to reckon with, and throws any other. */
  expect(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') this.counts.givenUp += 1;
    else if (isHoldfastError(error, 'acquire-timeout')) this.counts.givenUp += 1;
    else if (isHoldfastError(error, 'store-unavailable')) this.counts.outages += 1;
    else if (isHoldfastError(error, 'clock-unknown')) this.counts.outages += 1;
    else if (isHoldfastError(error, 'lease-lost')) this.counts.lost += 1;
    else if (isHoldfastError(error, 'closed')) this.counts.closed += 1;
    else throw error;
  }
}

/** Runs some threads from the making of a `Holdfast` to its closing. */
export async function runSession(
  client: SimulatedClient,
  world: World,
  habits: Habits,
  work: (thread: Thread) => Promise<void>,
): Promise<void> {
  const label = `${client.name}.${client.incarnation}`;
  const { random } = client;
  const holdfast = new Holdfast({
    store: client.store,
    clock: client.clock,
    random,
    label,
    namespace: NAMESPACE,
    mode: 'service',
    requestTimeoutMs: habits.requestTimeoutMs,
  });
  const holds = new Set<() => void>();
  const session = habits.keepsSessions ? await keepSession(holdfast, client, habits) : undefined;
  const threads = Array.from(
    { length: world.phase === 'ending' ? 1 : habits.threads },
    (_, index) =>
      work({ name: `${label}.${index}`, label, holdfast, client, world, random, holds, session }),
  );
  // Some are closed while threads wait or hold: their holds end with this.
  if (world.phase !== 'ending' && random.chance(0.2)) {
    await sleep(client.clock, random.between(0, 30_000));
    for (const end of holds) end();
    await (random.chance(0.5) ? holdfast : (session ?? holdfast)).close();
  }
  await Promise.all(threads);
  await holdfast.close();
}

/** A session, or none where it cannot be had in this weather. */
async function keepSession(
  holdfast: Holdfast,
  { random }: SimulatedClient,
  { leaseMs }: Habits,
): Promise<Session | undefined> {
  const onLost = random.pick(['end', 'rejoin'] as const);
  try {
    return await holdfast.session({ leaseMs, onLost });
  } catch (error) {
    new Endings().expect(error);
    return undefined;
  }
}

/** Repeats something a few times, with pauses, until the session or the storm is over. */
export async function repeat(
  thread: Thread,
  habits: Habits,
  endings: Endings,
  use: () => Promise<void>,
): Promise<void> {
  const { client, world, random } = thread;
  for (let uses = random.integer(5, 30); uses > 0 && world.phase !== 'ending'; uses -= 1) {
    await sleep(client.clock, random.between(0, habits.thinkMsMax));
    try {
      await use();
    } catch (error) {
      endings.expect(error);
      if (isHoldfastError(error, 'closed')) return;
    }
  }
}
