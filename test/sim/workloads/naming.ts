import { isHoldfastError } from '../../../lib/errors.ts';
import type { Holdfast } from '../../../lib/holdfast.ts';
import { names, sequence } from '../../../lib/naming/index.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import {
  type DirectoryInput,
  type DirectoryOutput,
  directoryModel,
} from '../../check/directory.ts';
import { checkLinearizable } from '../../check/linearizable.ts';
import { eventCounter, HistoryRecorder } from '../../check/recorder.ts';
import { checkSequence, type Take } from '../../check/sequence.ts';
import type { SimulatedClient } from '../client.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { drawHabits, Endings, type Habits, repeat, runSession, type Thread } from './session.ts';

type NameHistory = HistoryRecorder<DirectoryInput, DirectoryOutput>;

/** Enough that no name's history is too long to be searched. */
const NAMES = Array.from({ length: 12 }, (_, index) => `name-${index + 1}`);

/** Clients that draw numbers from a sequence, and claim, give up and look up names. */
export class NamingWorkload implements Workload {
  readonly #habits: Habits;
  readonly #now = eventCounter();
  readonly #takes: Take[] = [];
  readonly #histories = new Map<string, NameHistory>();
  /** One sequence object in one instance: as far as its order goes. */
  readonly #processes = new Map<Holdfast, string>();
  readonly #endings = new Endings();
  readonly #traffic = { sessions: 0, claims: 0, taken: 0, releases: 0, looks: 0 };

  constructor(random: SeededRandom) {
    this.#habits = drawHabits(random);
  }

  get clientNames(): readonly string[] {
    return this.#habits.clientNames;
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    while (world.phase !== 'ending') {
      this.#traffic.sessions += 1;
      await runSession(client, world, this.#habits, (thread) =>
        repeat(thread, this.#habits, this.#endings, () => this.#use(thread)),
      );
    }
    await runSession(client, world, this.#habits, async (thread) => {
      await this.#take(thread);
      await this.#look(thread, client.name);
      // Nobody else wants a name like one's own.
      await this.#claim(thread, client.name);
      await this.#release(thread, client.name);
    });
  }

  judge(): readonly Judgement[] {
    return [
      {
        name: 'numbers of the sequence',
        verdict: checkSequence({ takes: this.#takes, order: 'process' }),
      },
      ...Array.from(this.#histories, ([name, history]) => ({
        name: `linearizability of ${name}`,
        verdict: checkLinearizable(history.history(), directoryModel),
        isLinearizability: true,
      })),
    ];
  }

  traffic(): Readonly<Record<string, number>> {
    return { ...this.#traffic, ...this.#endings.counts, grants: this.#takes.length };
  }

  #use(thread: Thread): Promise<void> {
    const { random } = thread;
    if (random.chance(0.3)) return this.#take(thread);
    const name = random.pick(NAMES);
    const use = random.pick(['claim', 'claim', 'release', 'look'] as const);
    if (use === 'claim') return this.#claim(thread, name);
    return use === 'release' ? this.#release(thread, name) : this.#look(thread, name);
  }

  async #take({ holdfast, random, label }: Thread): Promise<void> {
    const process = this.#processes.get(holdfast) ?? `${label}/${this.#processes.size}`;
    this.#processes.set(holdfast, process);
    const numbers = sequence(holdfast, 'numbers', { blockMin: 3, blockMax: 50 });
    const calledAt = this.#now();
    const taken = random.chance(0.5)
      ? [await numbers.next()]
      : await numbers.take(random.integer(1, 20));
    const returnedAt = this.#now();
    // Those of one call are in rising order, and follow each other in no time.
    for (const [index, number] of taken.entries()) {
      const at = index / taken.length;
      this.#takes.push({ process, number, calledAt: calledAt + at, returnedAt: returnedAt + at });
    }
  }

  async #claim({ holdfast, client }: Thread, name: string): Promise<void> {
    this.#traffic.claims += 1;
    const { name: owner } = client;
    const call = this.#history(name).call(owner, { kind: 'claim', owner });
    try {
      await names(holdfast, 'names').claim(name, { owner });
      call.returned({ kind: 'claimed' });
    } catch (error) {
      if (!isHoldfastError(error, 'name-taken')) throw error;
      this.#traffic.taken += 1;
      call.returned({ kind: 'taken' });
    }
  }

  async #release({ holdfast, client }: Thread, name: string): Promise<void> {
    this.#traffic.releases += 1;
    const { name: owner } = client;
    const call = this.#history(name).call(owner, { kind: 'release', owner });
    const isReleased = await names(holdfast, 'names').release(name, { owner });
    call.returned({ kind: isReleased ? 'released' : 'not-owned' });
  }

  async #look({ holdfast, client }: Thread, name: string): Promise<void> {
    this.#traffic.looks += 1;
    const call = this.#history(name).call(client.name, { kind: 'resolve' });
    const entry = await names(holdfast, 'names').resolve(name);
    call.returned({ kind: 'owner', owner: entry?.owner });
  }

  #history(name: string): NameHistory {
    const known = this.#histories.get(name);
    if (known !== undefined) return known;
    const history: NameHistory = new HistoryRecorder(this.#now);
    this.#histories.set(name, history);
    return history;
  }
}
