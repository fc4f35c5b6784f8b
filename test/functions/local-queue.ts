import type { QueueRecord } from '../../functions/sentinel/batch.ts';
import type { Clock, Timer } from '../../lib/core/clock.ts';

export interface LocalQueueOptions {
  readonly clock: Clock;
  /** How long a message that was handed out stays hidden. */
  readonly visibilityMs: number;
  /** After so many receipts it goes to the dead letters. */
  readonly receivesMax: number;
  /** Serves a message. Unless it fulfils in time, the message is handed out again. */
  readonly consume: (record: QueueRecord) => Promise<void>;
}

interface Message {
  readonly id: string;
  readonly body: string;
  receives: number;
}

/**
 * As much of an SQS queue and of Lambda's polling as the sentinel stands on: delays, visibility
 * time-outs, receive counts, redrive to dead letters. Copies and losses are the test's to order.
 */
export class LocalQueue {
  readonly dead: string[] = [];
  /** How often a message is handed out at first. Each counts as the first. @default 1 */
  copies: (body: string) => number = () => 1;
  /** Whether a message is lost on its way. */
  loses: (body: string) => boolean = () => false;
  sent = 0;
  readonly #options: LocalQueueOptions;
  readonly #messages = new Map<Message, Timer>();

  constructor(options: LocalQueueOptions) {
    this.#options = options;
  }

  /** The bodies of all messages that are delayed, hidden or being served. */
  get pending(): readonly string[] {
    return [...this.#messages.keys()].map(({ body }) => body);
  }

  send(body: string, delayMs: number): void {
    this.sent += 1;
    if (this.loses(body)) return;
    const id = `message-${this.sent}`;
    for (let copy = this.copies(body); copy > 0; copy -= 1) {
      this.#after(delayMs, { id, body, receives: 0 });
    }
  }

  /** Nothing is handed out any more. */
  stop(): void {
    for (const timer of this.#messages.values()) timer.cancel();
    this.#messages.clear();
  }

  #after(delayMs: number, message: Message): void {
    const timer = this.#options.clock.startTimer(delayMs, () => this.#handOut(message), {
      keepsProcessAlive: true,
    });
    this.#messages.set(message, timer);
  }

  #handOut(message: Message): void {
    const { visibilityMs, receivesMax, consume } = this.#options;
    if (message.receives === receivesMax) {
      this.#messages.delete(message);
      this.dead.push(message.body);
      return;
    }
    message.receives += 1;
    this.#after(visibilityMs, message);
    const { id, body, receives } = message;
    const attributes = { ApproximateReceiveCount: `${receives}` };
    void consume({ messageId: id, body, attributes }).then(
      () => this.#delete(message),
      () => undefined,
    );
  }

  #delete(message: Message): void {
    this.#messages.get(message)?.cancel();
    this.#messages.delete(message);
  }
}
