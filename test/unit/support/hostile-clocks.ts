import { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import type { Library } from '../../planted/load.ts';
import type { Actor } from './actor.ts';
import { Stage } from './stage.ts';

type Naming = Pick<Library, 'Holdfast' | 'ids'>;

const BITS = { time: 41, slot: 1, sequence: 1 } as const;
const WORKERS = 5;
const STEPS = 120;
const BURST = 6_000;
const HOUR_MS = 3_600_000;

/** What a run came to. */
export interface IdRun {
  readonly issued: number;
  readonly duplicates: number;
}

/**
 * Five processes and two slots for them, under all that clocks can do: steps of hours, processes
 * and machines that stand still past their leases and issue at once when they wake, and deaths.
 */
export async function issueUnderHostileClocks(library: Naming, seed: string): Promise<IdRun> {
  const random = new SeededRandom(seed);
  const stage = new Stage(library);
  const begin = (name: string) =>
    stage.actor(name, { wallOffsetMs: random.between(-12, 12) * HOUR_MS });
  const actors = Array.from({ length: WORKERS }, (_, index) => begin(`w${index}`));
  const issued: bigint[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    const index = random.integer(0, WORKERS - 1);
    const actor = actors[index] as Actor;
    const ids = library.ids(actor.holdfast, 'it', { bits: BITS, reserveMs: 120_000 });
    switch (random.pick(['issue', 'issue', 'ready', 'ready', 'stand', 'stand', 'step', 'die'])) {
      case 'issue':
        issue(ids, actor, issued);
        break;
      case 'ready':
        if (actor.clock.state === 'running') void ids.ready().catch(() => undefined);
        break;
      case 'stand':
        if (actor.clock.state === 'running') {
          if (random.chance(0.5)) actor.clock.pause();
          else actor.clock.suspend();
        } else {
          actor.clock.resume(random.pick(['timers-first', 'answers-first']));
          // It was in the middle of it, and no timer has told it anything yet.
          issue(ids, actor, issued);
        }
        break;
      case 'step':
        actor.clock.stepWall(random.between(-5, 5) * HOUR_MS);
        break;
      case 'die':
        actor.die();
        actors[index] = begin(`w${index}-${step}`);
    }
    await stage.advance(random.between(0, 3_000));
  }
  for (const actor of actors) actor.die();
  return { issued: issued.length, duplicates: issued.length - new Set(issued).size };
}

function issue(ids: { next(): bigint }, actor: Actor, issued: bigint[]): void {
  if (actor.clock.state !== 'running') return;
  try {
    for (let count = 0; count < BURST; count += 1) issued.push(ids.next());
  } catch (error) {
    if ((error as { code?: string }).code !== 'ids-exhausted') throw error;
  }
}
