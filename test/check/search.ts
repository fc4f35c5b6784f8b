import { Configurations } from './configurations.ts';
import type { History, Operation } from './history.ts';
import type { Model } from './model.ts';
import { type Entry, Timeline } from './timeline.ts';

/** One operation in the order that was found, with the state that it left. */
export interface Step<State, Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly state: State;
}

export type SearchResult<State, Input, Output> =
  | { readonly kind: 'found'; readonly order: readonly Step<State, Input, Output>[] }
  | { readonly kind: 'none' }
  /** The limit of configurations was reached before an answer. */
  | { readonly kind: 'gave-up' };

/** An operation that the search has let take effect, and the way back to before it. */
interface Frame<State, Input, Output> {
  readonly entry: Entry<Input, Output>;
  readonly before: State;
  readonly after: State;
  /** Which of the operation's next states was taken. */
  readonly choice: number;
}

/**
 * Searches for an order of the operations that respects real time and that the model can follow:
 * the algorithm of Wing and Gong (1993) on a linked list, with the memo of Lowe (2017) of
 * configurations: which operations took effect, and the state they left. Exponential in the number
 * of concurrent operations at worst, near linear for the histories of a correct object.
 */
export class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #timeline: Timeline<Input, Output>;
  readonly #limit: number;
  readonly #path: Frame<State, Input, Output>[] = [];
  readonly #visited: Configurations;
  /** Completed operations that have not taken effect yet. */
  #open: number;
  #state: State;

  constructor(history: History<Input, Output>, model: Model<State, Input, Output>, limit: number) {
    this.#model = model;
    this.#limit = limit;
    this.#timeline = new Timeline(history);
    this.#visited = new Configurations(history.length);
    this.#open = history.filter((operation) => operation.kind === 'completed').length;
    this.#state = model.initial;
  }

  /** Configurations seen so far: what the search has cost. */
  get configurations(): number {
    return this.#visited.size;
  }

  run(): SearchResult<State, Input, Output> {
    let entry = this.#timeline.first;
    let choice = 0;
    while (this.#open > 0) {
      if (this.#visited.size > this.#limit) return { kind: 'gave-up' };
      if (entry?.end === 'call') {
        const advanced = this.#advance(entry, choice);
        entry = advanced ? this.#timeline.first : entry.next;
        choice = 0;
        continue;
      }
      // An operation can't take effect after its return, so something before it was chosen badly.
      const frame = this.#backtrack();
      if (frame === undefined) return { kind: 'none' };
      entry = frame.entry;
      choice = frame.choice + 1;
    }
    const order = this.#path.map(({ entry: { operation }, after }) => ({
      operation,
      state: after,
    }));
    return { kind: 'found', order };
  }

  /** Lets the operation take effect, in its first way that leads to an unseen configuration. */
  #advance(entry: Entry<Input, Output>, firstChoice: number): boolean {
    const { operation, index } = entry;
    const before = this.#state;
    const choices = this.#model.step(before, operation);
    for (let choice = firstChoice; choice < choices.length; choice += 1) {
      const after = choices[choice] as State;
      // Without an answer and without an effect it explains nothing: leave it for later.
      if (operation.kind === 'unknown' && this.#isSame(before, after)) continue;
      this.#visited.flip(index);
      if (!this.#visited.add(this.#model.identify(after))) {
        this.#visited.flip(index);
        continue;
      }
      this.#path.push({ entry, before, after, choice });
      this.#timeline.lift(entry);
      this.#state = after;
      if (operation.kind === 'completed') this.#open -= 1;
      return true;
    }
    return false;
  }

  /** Undoes the operation that took effect last, and says which it was. */
  #backtrack(): Frame<State, Input, Output> | undefined {
    const frame = this.#path.pop();
    if (frame === undefined) return undefined;
    this.#timeline.unlift(frame.entry);
    this.#visited.flip(frame.entry.index);
    this.#state = frame.before;
    if (frame.entry.operation.kind === 'completed') this.#open += 1;
    return frame;
  }

  #isSame(a: State, b: State): boolean {
    return a === b || this.#model.identify(a) === this.#model.identify(b);
  }
}
