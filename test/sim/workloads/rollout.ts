import { type Config, config, type RolloutSchedule } from '../../../lib/config/index.ts';
import { parseHead } from '../../../lib/config/protocol.ts';
import { sleep } from '../../../lib/core/clock.ts';
import { isHoldfastError } from '../../../lib/errors.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { checkRollout, type RolloutState, type SideRead } from '../../check/rollout.ts';
import type { SimulatedClient } from '../client.ts';
import type { Arrival } from '../traced-store.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { drawHabits, Endings, type Habits, repeat, runSession, type Thread } from './session.ts';

export interface RolloutWorkloadOptions {
  /** Whether processes run whatever is newest, to see the checker at work. */
  readonly isNaive?: boolean | undefined;
}

/** Longer than any request can be late. */
const QUIET_MS = 120_000;
const CONTROLS = ['pause', 'resume', 'abort', 'finish'] as const;

/** One object that reads the document. */
interface Reader {
  readonly name: string;
  readonly document: Config<string>;
}

/** Clients that roll versions out, and pause, abort and finish what others have begun. */
export class RolloutWorkload implements Workload {
  readonly #habits: Habits;
  readonly #isNaive: boolean;
  readonly #endings = new Endings();
  readonly #states: RolloutState[] = [{ at: -1, version: 0, rollout: undefined }];
  readonly #reads: SideRead[] = [];
  readonly #traffic = { published: 0, controlled: 0, refused: 0, reads: 0, newSides: 0 };
  #readers = 0;
  #now: () => number = () => 0;

  constructor(random: SeededRandom, { isNaive = false }: RolloutWorkloadOptions = {}) {
    this.#habits = { ...drawHabits(random), keepsSessions: false };
    this.#isNaive = isNaive;
  }

  get clientNames(): readonly string[] {
    return this.#habits.clientNames;
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    this.#now = () => world.clock.monotonicMs();
    while (world.phase !== 'ending') {
      await runSession(client, world, this.#habits, (thread) => {
        const reader = this.#reader(thread);
        return repeat(thread, this.#habits, this.#endings, () => this.#use(thread, reader));
      });
    }
    await runSession(client, world, this.#habits, async (thread) => {
      const reader = this.#reader(thread);
      await sleep(client.clock, QUIET_MS);
      await this.#read(thread, reader);
    });
  }

  onArrival(arrival: Arrival): void {
    if (arrival.kind !== 'write' || arrival.result.kind !== 'applied') return;
    const { item } = arrival.result;
    if (item?.sk !== 'head') return;
    const { version, rollout } = parseHead(item);
    this.#states.push({
      at: this.#now(),
      version,
      rollout: rollout && {
        name: rollout.salt,
        from: rollout.from,
        isAborted: rollout.state === 'aborted',
      },
    });
  }

  judge(): readonly Judgement[] {
    return [{ name: 'rollouts', verdict: checkRollout(this.#states, this.#reads) }];
  }

  traffic(): Readonly<Record<string, number>> {
    return { ...this.#traffic, ...this.#endings.counts };
  }

  /** A new object has no memory of its side, and may be more cautious about the time. */
  #reader({ name, holdfast }: Thread): Reader {
    this.#readers += 1;
    const document = config<string>(holdfast, 'it', { pollMs: 500, fallback: 'none' });
    return { name: `${name} (${this.#readers})`, document };
  }

  async #use(thread: Thread, reader: Reader): Promise<void> {
    const { random } = thread;
    const { document } = reader;
    if (random.chance(0.6)) return this.#read(thread, reader);
    try {
      if (random.chance(0.5)) await this.#publish(thread, document);
      else {
        await document.rollout[random.pick(CONTROLS)]();
        this.#traffic.controlled += 1;
      }
    } catch (error) {
      const refusals = ['rollout-active', 'rollout-missing', 'outcome-unknown'] as const;
      if (!refusals.some((code) => isHoldfastError(error, code))) throw error;
      this.#traffic.refused += 1;
    }
  }

  async #publish({ name, random }: Thread, document: Config<string>): Promise<void> {
    const percent = random.between(1, 60);
    const everyMs = random.integer(100, 20_000);
    const schedule: RolloutSchedule = {
      kind: random.pick(['linear', 'exponential'] as const),
      percent,
      everyMs,
    };
    const options = random.chance(0.8) ? { rollout: { schedule } } : {};
    const supersede = random.chance(0.5);
    await document.publish(`${name} at ${this.#now()}`, { ...options, supersede });
    this.#traffic.published += 1;
  }

  async #read({ client }: Thread, { name, document }: Reader): Promise<void> {
    const calledAt = this.#now();
    const { version, source, stale } = await document.get({ maxAgeMs: 0 });
    if (stale || source === 'cache' || !client.isAlive) return;
    const newest = this.#states.at(-1)?.version ?? 0;
    const ran = this.#isNaive ? newest : version;
    this.#reads.push({ process: name, version: ran, calledAt, returnedAt: this.#now() });
    this.#traffic.reads += 1;
    if (version === newest) this.#traffic.newSides += 1;
  }
}
