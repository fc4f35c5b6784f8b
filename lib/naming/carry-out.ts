import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import type { HoldfastError } from '../errors.ts';
import { Patience } from '../lease/patience.ts';
import type { RecordClient } from '../lease/record-client.ts';
import type { Runtime } from '../runtime.ts';
import type { UpdateRequest } from '../store/store.ts';

/** What one request has taught about a row. */
export interface Lesson<Row> {
  /** The row as the newest answer showed it; `undefined`: no answer has. */
  readonly row: Row | undefined;
  /** Whether that answer came within this operation, and is not remembered from another. */
  readonly isFresh: boolean;
  /** Whether the newest answer says that our write took effect. */
  readonly isApplied: boolean;
}

export type Step<Result> =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly request: UpdateRequest }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refuse'; readonly error: HoldfastError };

/** For how long a table that does not answer is asked again. */
const UNAVAILABLE_MAX_MS = 5_000;

/** How long to keep out of each other's way, where many write one row. */
const CROWD = { firstMs: 2, longestMs: 200 };

/**
 * Sends what `decide` asks for until it has a result. An unanswered write is followed by what
 * `decide` says of the row as it was last seen: a repetition must be harmless.
 */
export async function carryOut<Row, Result>(
  runtime: Runtime,
  client: RecordClient<Row>,
  title: string,
  decide: (lesson: Lesson<Row>) => Step<Result>,
): Promise<Result> {
  const { closing, clock, random } = runtime;
  let overtaken = 0;
  const patience = new Patience(runtime, title, closing, UNAVAILABLE_MAX_MS);
  let lesson: Lesson<Row> = { row: client.last, isFresh: false, isApplied: false };
  for (;;) {
    closing.throwIfAborted();
    const step = decide(lesson);
    if (step.kind === 'done') return step.result;
    if (step.kind === 'refuse') throw step.error;
    const answer = await (step.kind === 'write' ? client.write(step.request) : client.read(true));
    if ('row' in answer) {
      const isOvertaken = answer.kind === 'refused' && !isSame(answer.row, lesson.row);
      lesson = { row: answer.row, isFresh: true, isApplied: answer.kind === 'applied' };
      if (answer.kind === 'refused' && !isOvertaken) await patience.refusal();
      else patience.progress();
      // Others get through, so this is a crowd and no fault, however long it lasts.
      if (isOvertaken) await sleep(clock, backoffMs(random, overtaken, CROWD), closing);
      overtaken += isOvertaken ? 1 : 0;
    } else {
      lesson = { ...lesson, isApplied: false };
      await patience.failure(answer.failure);
    }
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
