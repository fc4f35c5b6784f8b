import { isHoldfastError } from '../../lib/errors.ts';
import type { Holdfast } from '../../lib/holdfast.ts';
import { names, sequence } from '../../lib/naming/index.ts';
import { barrier, latch } from '../../lib/recipes/index.ts';
import { type DirectoryInput, type DirectoryOutput, directoryModel } from '../check/directory.ts';
import { checkLinearizable } from '../check/linearizable.ts';
import {
  type Attendance,
  type Count,
  checkLatch,
  checkMeetings,
  type LatchLook,
} from '../check/meetings.ts';
import { eventCounter, HistoryRecorder } from '../check/recorder.ts';
import { checkSequence, type Take } from '../check/sequence.ts';
import { demand } from '../check/verdict.ts';
import type { Chooser } from './choices.ts';
import { connect, LEASE_MS } from './connect.ts';
import { type FaultBudget, Schedule } from './schedule.ts';

export interface SharedScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, SharedUse>>;
  readonly faults: FaultBudget;
}

/**
 * - `count`: counts a latch down, once for itself, and waits until it is open.
 * - `meet`: comes to a barrier, twice.
 * - `claim`: claims a name, gives it up if it is his, and looks who has it.
 * - `draw`: takes numbers of a sequence, twice.
 */
export type SharedUse = 'count' | 'meet' | 'claim' | 'draw';

const FOREVER = Number.POSITIVE_INFINITY;
/** A crash of one must not let the others wait for ever. */
const PATIENCE_MS = LEASE_MS;

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runSharedScenario(
  scenario: SharedScenario,
  chooser: Chooser,
): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  const play = new SharedPlay(Object.keys(scenario.clients));
  for (const [name, use] of Object.entries(scenario.clients)) {
    schedule.start(name, async (client) => {
      const holdfast = connect(client);
      await play.run(name, use, holdfast).catch((error: unknown) => {
        // What was not answered, or was overtaken before it was, stays unknown.
        if (isHoldfastError(error, 'store-unavailable')) return;
        if (!isHoldfastError(error, 'acquire-timeout')) throw error;
      });
      await holdfast.close();
    });
  }
  await schedule.run();
  play.judge();
  return schedule.operations;
}

class SharedPlay {
  readonly #clients: readonly string[];
  readonly #now = eventCounter();
  readonly #counts: Count[] = [];
  readonly #looks: LatchLook[] = [];
  readonly #attendances: Attendance[] = [];
  readonly #name = new HistoryRecorder<DirectoryInput, DirectoryOutput>(this.#now);
  readonly #takes: Take[] = [];

  constructor(clients: readonly string[]) {
    this.#clients = clients;
  }

  run(name: string, use: SharedUse, holdfast: Holdfast): Promise<void> {
    switch (use) {
      case 'count':
        return this.#count(name, holdfast);
      case 'meet':
        return this.#meet(name, holdfast);
      case 'claim':
        return this.#claim(name, holdfast);
      case 'draw':
        return this.#draw(name, holdfast);
    }
  }

  judge(): void {
    const count = this.#clients.length;
    demand(checkLatch({ count, counts: this.#counts, looks: this.#looks }), 0);
    demand(checkMeetings(this.#clients, this.#attendances), 0);
    demand(checkLinearizable(this.#name.history(), directoryModel), 0);
    demand(checkSequence({ takes: this.#takes, order: 'process' }), 0);
  }

  async #count(part: string, holdfast: Holdfast): Promise<void> {
    const shared = latch(holdfast, 'latch', { count: this.#clients.length });
    const position = this.#counts.length;
    const calledAt = this.#now();
    this.#counts.push({ part, calledAt, returnedAt: FOREVER });
    const { remaining } = await shared.countDown(part);
    const returnedAt = this.#now();
    this.#counts[position] = { part, calledAt, returnedAt };
    this.#looks.push({ calledAt, returnedAt, remaining });
    await shared.wait({ timeoutMs: PATIENCE_MS });
    this.#looks.push({ calledAt: returnedAt, returnedAt: this.#now(), remaining: 0 });
  }

  async #meet(id: string, holdfast: Holdfast): Promise<void> {
    const shared = barrier(holdfast, 'barrier', { parties: this.#clients.length });
    for (let time = 0; time < 2; time += 1) {
      const position = this.#attendances.length;
      const coming = { id, calledAt: this.#now() };
      this.#attendances.push({ ...coming, returnedAt: FOREVER, outcome: { kind: 'unknown' } });
      const end = (outcome: Attendance['outcome']) => {
        this.#attendances[position] = { ...coming, returnedAt: this.#now(), outcome };
      };
      try {
        const generation = await shared.arrive({ id, timeoutMs: PATIENCE_MS });
        end({ kind: 'met', generation });
      } catch (error) {
        if (isHoldfastError(error, 'acquire-timeout')) end({ kind: 'gone' });
        throw error;
      }
    }
  }

  async #claim(owner: string, holdfast: Holdfast): Promise<void> {
    const directory = names(holdfast, 'names');
    const claim = this.#name.call(owner, { kind: 'claim', owner });
    try {
      await directory.claim('Ada', { owner });
      claim.returned({ kind: 'claimed' });
      const release = this.#name.call(owner, { kind: 'release', owner });
      const isReleased = await directory.release('Ada', { owner });
      release.returned({ kind: isReleased ? 'released' : 'not-owned' });
    } catch (error) {
      if (!isHoldfastError(error, 'name-taken')) throw error;
      claim.returned({ kind: 'taken' });
    }
    const look = this.#name.call(owner, { kind: 'resolve' });
    look.returned({ kind: 'owner', owner: (await directory.resolve('Ada'))?.owner });
  }

  async #draw(process: string, holdfast: Holdfast): Promise<void> {
    const numbers = sequence(holdfast, 'numbers', { blockMin: 2 });
    for (let time = 0; time < 2; time += 1) {
      const calledAt = this.#now();
      const taken = await numbers.take(3);
      const returnedAt = this.#now();
      for (const [index, number] of taken.entries()) {
        const at = index / taken.length;
        this.#takes.push({ process, number, calledAt: calledAt + at, returnedAt: returnedAt + at });
      }
    }
  }
}
