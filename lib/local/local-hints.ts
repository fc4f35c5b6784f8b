import type { Hint, HintSubscriber, HintTopic, HintTransport } from '../watch/hints.ts';

/**
 * Hints between instances of one process: for tests, and for programs that run several instances
 * side by side. Always connected; what is published reaches every subscriber before `publish`
 * returns, the publisher's own instance included.
 *
 * ```ts
 * const hints = new LocalHints();
 * const holdfast = new Holdfast({ table: 'coordination', hints });
 * ```
 */
export class LocalHints implements HintTransport {
  readonly #subscribers = new Map<string, Set<HintSubscriber>>();

  subscribe(topic: HintTopic, subscriber: HintSubscriber): () => void {
    const key = keyOf(topic);
    const subscribers = this.#subscribers.get(key) ?? new Set();
    this.#subscribers.set(key, subscribers.add(subscriber));
    subscriber.onConnected();
    return () => {
      subscribers.delete(subscriber);
      const isLast = subscribers.size === 0 && this.#subscribers.get(key) === subscribers;
      if (isLast) this.#subscribers.delete(key);
    };
  }

  publish(hint: Hint): void {
    for (const subscriber of [...(this.#subscribers.get(keyOf(hint)) ?? [])]) {
      subscriber.onHint(hint);
    }
  }

  /** How many topics somebody listens to. */
  get topics(): number {
    return this.#subscribers.size;
  }
}

function keyOf({ namespace, kind, name }: HintTopic): string {
  return JSON.stringify([namespace, kind, name]);
}
