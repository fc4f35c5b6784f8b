import type { History, Operation } from './history.ts';

/** The call or the return of an operation, in a list from which both can be lifted and put back. */
export class Entry<Input, Output> {
  readonly end: 'call' | 'return';
  readonly moment: number;
  readonly operation: Operation<Input, Output>;
  /** Number of the operation, in order of calls. */
  readonly index: number;
  previous: Entry<Input, Output> | undefined;
  next: Entry<Input, Output> | undefined;

  constructor(end: 'call' | 'return', operation: Operation<Input, Output>, index: number) {
    this.end = end;
    this.moment = end === 'call' ? operation.calledAt : operation.returnedAt;
    this.operation = operation;
    this.index = index;
  }
}

/**
 * Calls and returns in order of time, as a doubly linked list. The operations that may take effect
 * next are those called before the first return that is still in the list. Unknown outcomes have
 * no return entry: nothing ever forces them to take effect.
 */
export class Timeline<Input, Output> {
  first: Entry<Input, Output> | undefined;
  readonly #returns: (Entry<Input, Output> | undefined)[] = [];

  constructor(history: History<Input, Output>) {
    const entries: Entry<Input, Output>[] = [];
    const ordered = [...history].sort((a, b) => a.calledAt - b.calledAt);
    for (const [index, operation] of ordered.entries()) {
      entries.push(new Entry('call', operation, index));
      if (operation.kind === 'unknown') continue;
      const back = new Entry('return', operation, index);
      this.#returns[index] = back;
      entries.push(back);
    }
    entries.sort(inOrderOfTime);
    for (const [position, entry] of entries.entries()) {
      entry.previous = entries[position - 1];
      entry.next = entries[position + 1];
    }
    this.first = entries[0];
  }

  /** Takes an operation out, call and return: it has taken effect. */
  lift(call: Entry<Input, Output>): void {
    this.#unlink(call);
    const back = this.#returns[call.index];
    if (back !== undefined) this.#unlink(back);
  }

  /** Puts back the operation that was lifted last of those still out. */
  unlift(call: Entry<Input, Output>): void {
    const back = this.#returns[call.index];
    if (back !== undefined) this.#relink(back);
    this.#relink(call);
  }

  #unlink(entry: Entry<Input, Output>): void {
    if (entry.previous === undefined) this.first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
  }

  /** An entry out of the list still knows its neighbours, and they are there again by then. */
  #relink(entry: Entry<Input, Output>): void {
    if (entry.previous === undefined) this.first = entry;
    else entry.previous.next = entry;
    if (entry.next !== undefined) entry.next.previous = entry;
  }
}

/** At equal times calls come first, so that operations that touch are concurrent. */
function inOrderOfTime(a: Entry<unknown, unknown>, b: Entry<unknown, unknown>): number {
  if (a.moment !== b.moment) return a.moment - b.moment;
  if (a.end !== b.end) return a.end === 'call' ? -1 : 1;
  return a.index - b.index;
}
