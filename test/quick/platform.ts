/**
 * Stand-ins for three classes of the platform, put into the bundles of programs that run millions
 * of requests (`quickBundle`). They do what the library and its tests use, a test holds them to the
 * platform's own classes, and seeds give the same trace with either.
 */
type Listener = (event: Event) => void;

interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
}

/** What the platform hands to listeners; nobody here looks at it. */
const EVENT = { type: 'abort' } as Event;

/** Of Node's own, a whole `EventTarget`, each request makes one: a third of an exploration. */
class QuickSignal {
  aborted = false;
  reason: unknown = undefined;
  #entries: Entry[] = [];

  static any(signals: readonly QuickSignal[]): QuickSignal {
    const all = new QuickSignal();
    for (const signal of signals) {
      if (signal.aborted) all.abort(signal.reason);
      else signal.addEventListener('abort', () => all.abort(signal.reason), { once: true });
    }
    return all;
  }

  addEventListener(type: string, listener: Listener, options?: { readonly once?: boolean }): void {
    if (type !== 'abort') throw new RangeError(`expected abort, got ${type}`);
    if (this.#entries.some((entry) => entry.listener === listener)) return;
    this.#entries.push({ listener, once: options?.once === true });
  }

  removeEventListener(_type: string, listener: Listener): void {
    const index = this.#entries.findIndex((entry) => entry.listener === listener);
    if (index >= 0) this.#entries.splice(index, 1);
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
    // Those that were there when it began, but for those whom another has removed meanwhile.
    for (const entry of [...this.#entries]) {
      if (!this.#entries.includes(entry)) continue;
      if (entry.once) this.removeEventListener('abort', entry.listener);
      entry.listener(EVENT);
    }
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

export {
  QuickController as AbortController,
  QuickSignal as AbortSignal,
  QuickWeakMap as WeakMap,
};
