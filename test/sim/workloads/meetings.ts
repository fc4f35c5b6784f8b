import { isHoldfastError } from '../../../lib/errors.ts';
import { barrier, latch } from '../../../lib/recipes/index.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import {
  type Attendance,
  type Count,
  checkLatch,
  checkMeetings,
  type LatchLook,
} from '../../check/meetings.ts';
import { eventCounter } from '../../check/recorder.ts';
import type { SimulatedClient } from '../client.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { drawHabits, Endings, type Habits, repeat, runSession, type Thread } from './session.ts';

const FOREVER = Number.POSITIVE_INFINITY;
/** How many parts a latch waits for. */
const PARTS = 3;

interface LatchRecord {
  /** Its number. */
  readonly at: number;
  readonly counts: Count[];
  readonly looks: LatchLook[];
}

/** Clients that count down latches, one after the other, and meet at a barrier. */
export class MeetingsWorkload implements Workload {
  readonly #habits: Habits;
  readonly #now = eventCounter();
  /** Counts and looks of each latch. */
  readonly #latches: LatchRecord[] = [];
  readonly #attendances: Attendance[] = [];
  /** Clients that have met at the barrier since the storm ended. */
  readonly #metInCalm = new Set<string>();
  readonly #endings = new Endings();
  readonly #traffic = { sessions: 0, counts: 0, opened: 0, met: 0, gone: 0 };

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
      // Everybody comes again until everybody has met: a party that died may still be counted.
      while (this.#metInCalm.size < this.clientNames.length) {
        if (await this.#meet(thread, 5_000)) this.#metInCalm.add(client.name);
      }
      const last = this.#latch();
      for (let part = 0; part < PARTS; part += 1) await this.#count(thread, `part-${part}`, last);
      await this.#wait(thread, undefined, last);
    });
  }

  judge(): readonly Judgement[] {
    return [
      {
        name: 'meetings at the barrier',
        verdict: checkMeetings(this.clientNames, this.#attendances),
      },
      ...this.#latches.map(({ counts, looks }, index) => ({
        name: `latch ${index}`,
        verdict: checkLatch({ count: PARTS, counts, looks }),
      })),
    ];
  }

  traffic(): Readonly<Record<string, number>> {
    const { met, opened } = this.#traffic;
    return { ...this.#traffic, ...this.#endings.counts, grants: met + opened };
  }

  async #use(thread: Thread): Promise<void> {
    const { random } = thread;
    const limitMs = random.between(0, 20_000);
    // A party is one thread: it cannot come twice at once.
    if (thread.name.endsWith('.0') && random.chance(0.6)) {
      await this.#meet(thread, limitMs);
      return;
    }
    const current = this.#latch();
    const { at, looks } = current;
    switch (random.pick(['count', 'count', 'wait', 'look'] as const)) {
      case 'count':
        return this.#count(thread, `part-${random.integer(0, PARTS - 1)}`, current);
      case 'wait':
        return this.#wait(thread, limitMs, current);
      case 'look': {
        const calledAt = this.#now();
        const remaining = await this.#latchOf(thread, at).remaining();
        looks.push({ calledAt, returnedAt: this.#now(), remaining });
      }
    }
  }

  /** The latch that is in use: the first that nobody has seen open. */
  #latch(): LatchRecord {
    const last = this.#latches.length - 1;
    const isOpen = this.#latches[last]?.looks.some(({ remaining }) => remaining === 0) ?? true;
    const at = isOpen ? last + 1 : last;
    const record = this.#latches[at] ?? { at, counts: [], looks: [] };
    this.#latches[at] = record;
    return record;
  }

  #latchOf({ holdfast }: Thread, at: number) {
    return latch(holdfast, `latch-${at}`, { count: PARTS });
  }

  async #count(thread: Thread, part: string, { at, counts, looks }: LatchRecord): Promise<void> {
    const position = counts.length;
    const calledAt = this.#now();
    counts.push({ part, calledAt, returnedAt: FOREVER });
    this.#traffic.counts += 1;
    const { remaining } = await this.#latchOf(thread, at).countDown(part);
    const returnedAt = this.#now();
    counts[position] = { part, calledAt, returnedAt };
    looks.push({ calledAt, returnedAt, remaining });
  }

  async #wait(thread: Thread, timeoutMs: number | undefined, { at, looks }: LatchRecord) {
    const calledAt = this.#now();
    await this.#latchOf(thread, at).wait({ timeoutMs });
    looks.push({ calledAt, returnedAt: this.#now(), remaining: 0 });
    this.#traffic.opened += 1;
  }

  /** Comes to the barrier. False: gave up. */
  async #meet({ holdfast, client }: Thread, timeoutMs: number): Promise<boolean> {
    const { name: id } = client;
    const position = this.#attendances.length;
    const coming = { id, calledAt: this.#now() };
    this.#attendances.push({ ...coming, returnedAt: FOREVER, outcome: { kind: 'unknown' } });
    const end = (outcome: Attendance['outcome']) => {
      this.#attendances[position] = { ...coming, returnedAt: this.#now(), outcome };
    };
    try {
      const meeting = barrier(holdfast, 'barrier', { parties: this.clientNames.length });
      const generation = await meeting.arrive({ id, timeoutMs });
      end({ kind: 'met', generation });
      this.#traffic.met += 1;
      return true;
    } catch (error) {
      if (!isHoldfastError(error, 'acquire-timeout')) throw error;
      end({ kind: 'gone' });
      this.#traffic.gone += 1;
      return false;
    }
  }
}
