/** What a hint is about: the thing whose head row changes, in words. */
export interface HintTopic {
  readonly namespace: string;
  /** What kind of thing: `config`, `group`. */
  readonly kind: string;
  readonly name: string;
}

/**
 * Says that something has changed and is worth a look. Never data: the table is the truth. A hint
 * may be lost, late, repeated or out of order without any answer becoming wrong.
 */
export interface Hint extends HintTopic {
  /** The revision that the thing had when the hint was sent. */
  readonly revision: number;
}

/** What a transport tells to those who wait for hints. */
export interface HintSubscriber {
  /** Hints will come from now on. Those of before are lost, so the subscriber looks once. */
  onConnected(): void;
  /** Hints may be lost from now on, so the subscriber looks more often. */
  onDisconnected(): void;
  onHint(hint: Hint): void;
}

/**
 * Brings hints: given to an instance as `hints`, it lets watchers look at once instead of at the
 * next poll, and poll six times less often. No guarantee rests on it. Neither method may throw.
 */
export interface HintTransport {
  /**
   * Listens for hints of one topic. Calls `onConnected` also when the connection stands already,
   * and again after each reconnection. Returns how to stop.
   */
  subscribe(topic: HintTopic, subscriber: HintSubscriber): () => void;

  /**
   * Sends a hint, if it gets through. Called after each write that changed a head; absent where
   * somebody else sends hints, such as a function on the table's stream.
   */
  readonly publish?: ((hint: Hint) => void) | undefined;
}
