import { sleep } from '../core/clock.ts';
import { backoffMs } from '../core/retry.ts';
import type { HoldfastError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { UpdateRequest } from '../store/store.ts';
import { Patience } from './patience.ts';
import type { RecordClient } from './record-client.ts';

/** A row as an answer showed it, and what is known of our own writes. */
export interface Sight<Row> {
  /** `undefined`: nothing is known. */
  readonly row: Row | undefined;
  /** Whether the row is of an answer to this very operation, and not remembered. */
  readonly isFresh: boolean;
  /** Whether the last request was a write of ours, and was applied. */
  readonly isApplied: boolean;
  /** Whether an earlier write may have been applied without an answer. */
  readonly isUnsure: boolean;
}

/** What to do next about a row. */
export type Move<Result> =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly request: UpdateRequest }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refuse'; readonly error: HoldfastError };

/** For how long a table that does not answer, or a row that refuses everything, is asked again. */
const UNAVAILABLE_MAX_MS = 5_000;

/** How long to keep out of each other's way, where many write one row. */
const CROWD = { firstMs: 2, longestMs: 200 };

/**
 * Decides, writes and looks until there is a result, or `closing` aborts. What waiting cannot mend
 * is thrown.
 */
export async function insist<Row, Result>(
  runtime: Runtime,
  client: RecordClient<Row>,
  name: string,
  decide: (sight: Sight<Row>) => Move<Result>,
  closing: AbortSignal = runtime.closing,
): Promise<Result> {
  const { clock, random } = runtime;
  const patience = new Patience(runtime, name, closing, UNAVAILABLE_MAX_MS);
  let overtaken = 0;
  let sight: Sight<Row> = {
    row: client.last,
    isFresh: false,
    isApplied: false,
    isUnsure: false,
  };
  while (true) {
    const move = decide(sight);
    if (move.kind === 'done') return move.result;
    // What we remember may be old: nothing is refused on its word.
    if (move.kind === 'refuse' && sight.isFresh) throw move.error;
    // Only now: what has been done is reported, also while the instance closes.
    closing.throwIfAborted();
    const { isUnsure } = sight;
    const answer = await (move.kind === 'write' ? client.write(move.request) : client.read(true));
    switch (answer.kind) {
      case 'applied':
      case 'read':
        patience.progress();
        break;
      case 'refused':
        if (sight.row === undefined || isSame(answer.row, sight.row)) {
          await patience.refusal();
          break;
        }
        // Others get through, so this is a crowd and no fault, however long it lasts.
        patience.progress();
        await sleep(clock, backoffMs(random, overtaken, CROWD), closing);
        overtaken += 1;
        break;
      default:
        await patience.failure(answer.failure);
    }
    sight = {
      row: 'row' in answer ? answer.row : undefined,
      isFresh: 'row' in answer,
      isApplied: answer.kind === 'applied',
      isUnsure: isUnsure || answer.kind === 'unknown',
    };
  }
}

/** Rows of maps have no other equality that is cheap to ask for: what one shows, in its order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, entriesOfMaps) === JSON.stringify(other, entriesOfMaps);
}

function entriesOfMaps(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
