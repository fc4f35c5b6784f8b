/**
 * Stand-ins for three classes of the platform, put into the bundles of programs that run millions
 * of requests (`quickBundle`). They do what the library and its tests use, a test holds them to the
 * platform's own classes, and seeds give the same trace with either.
 */
type Listener = (event: Event) => void;

/** A listener in a list of them, linked as Node links its own: who comes meanwhile is told too. */
interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
  previous: Entry | undefined;
  next: Entry | undefined;
  removed: boolean;
}

/** What the platform hands to listeners; nobody here looks at it. */
const EVENT = { type: 'abort' } as Event;

/** Of Node's own, a whole `EventTarget`, each request makes one: a third of an exploration. */
class QuickSignal {
  aborted = false;
  reason: unknown = undefined;
  #first: Entry | undefined;
  readonly #dependents: QuickSignal[] = [];

  static any(signals: readonly QuickSignal[]): QuickSignal {
    const all = new QuickSignal();
    for (const signal of signals) {
      if (signal.aborted) all.abort(signal.reason);
      else signal.#dependents.push(all);
    }
    return all;
  }

  addEventListener(type: string, listener: Listener, options?: { readonly once?: boolean }): void {
    if (type !== 'abort') throw new RangeError(`expected abort, got ${type}`);
    let previous: Entry | undefined;
    for (let entry = this.#first; entry !== undefined; entry = entry.next) {
      if (entry.listener === listener) return;
      previous = entry;
    }
    const once = options?.once === true;
    const entry: Entry = { listener, once, previous, next: undefined, removed: false };
    if (previous === undefined) this.#first = entry;
    else previous.next = entry;
  }

  removeEventListener(_type: string, listener: Listener): void {
    let entry = this.#first;
    while (entry !== undefined && entry.listener !== listener) entry = entry.next;
    if (entry !== undefined) this.#remove(entry);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** Asked for by `setMaxListeners` of `node:events`. There is no maximum. */
  setMaxListeners(): void {}

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason =
      reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    let entry = this.#first;
    while (entry !== undefined) {
      const { next }: Entry = entry;
      if (!entry.removed) {
        if (entry.once) this.#remove(entry);
        entry.listener(EVENT);
      }
      entry = next;
    }
    for (const each of this.#dependents) each.abort(this.reason);
  }

  #remove(entry: Entry): void {
    entry.removed = true;
    if (entry.previous === undefined) this.#first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
  }
}

class QuickController {
  readonly signal = new QuickSignal();

  abort(reason?: unknown): void {
    this.signal.abort(reason);
  }
}

/**
 * Keeps each value at its key. The collector of young objects takes the values of V8's own for
 * alive whether or not their keys are, so that every small world outlived its execution.
 */
class QuickWeakMap<Key extends object, Value> {
  readonly #name = Symbol('value');

  get(key: Key): Value | undefined {
    if (!this.has(key)) return undefined;
    return (key as Record<symbol, Value>)[this.#name];
  }

  has(key: Key): boolean {
    return Object.hasOwn(key, this.#name);
  }

  set(key: Key, value: Value): this {
    Object.defineProperty(key, this.#name, { value, configurable: true });
    return this;
  }

  delete(key: Key): boolean {
    return this.has(key) && delete (key as Record<symbol, Value>)[this.#name];
  }
}

export { QuickController as AbortController, QuickSignal as AbortSignal, QuickWeakMap as WeakMap };
