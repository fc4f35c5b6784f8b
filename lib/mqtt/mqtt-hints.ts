import type { MqttClient } from 'mqtt';
import { type Clock, sleep, systemClock, type Timer } from '../core/clock.ts';
import { type Random, systemRandom } from '../core/random.ts';
import { backoffMs } from '../core/retry.ts';
import type { Hint, HintSubscriber, HintTopic, HintTransport } from '../watch/hints.ts';
import { connect, subscribeTo, unsubscribeFrom } from './connect.ts';
import { hintOf, messageOf } from './message.ts';
import { checkMqttHintsOptions, type MqttHintsOptions } from './options.ts';
import { signedAddress } from './signed-address.ts';
import { DEFAULT_TOPIC_ROOT, topicOf } from './topic.ts';

/**
 * How long after a subscription to look once more: brokers acknowledge a subscription a moment
 * before it takes effect everywhere.
 */
const SECOND_LOOK_MS = 3_000;
const BACKOFF = { firstMs: 1_000, longestMs: 60_000 };

/**
 * Hints over MQTT: AWS IoT Core or any broker of version 3.1.1. Watchers hear of a change as soon
 * as its writer, or the function on the table's stream, sends it, and poll six times less often
 * while the connection stands. No guarantee rests on it: a broker that is down costs them only
 * time.
 *
 * ```ts
 * await using hints = new MqttHints({ url: 'mqtt://broker:1883', publishes: true });
 * const holdfast = new Holdfast({ table: 'coordination', hints });
 * ```
 *
 * Connects with the first watcher, and keeps the process up from then until it is closed.
 *
 * @throws InvalidArgumentError
 */
export class MqttHints implements HintTransport, AsyncDisposable {
  readonly publish: ((hint: Hint) => void) | undefined;
  readonly #options: MqttHintsOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #root: string;
  readonly #closing = new AbortController();
  /** Who waits for what, by topic. */
  readonly #subscribers = new Map<string, Set<HintSubscriber>>();
  /** Topics whose subscription the broker has acknowledged. */
  readonly #acknowledged = new Set<string>();
  readonly #secondLooks = new Set<Timer>();
  #client: MqttClient | undefined;
  #failure: unknown;
  #running: Promise<void> | undefined;

  constructor(options: MqttHintsOptions) {
    checkMqttHintsOptions(options);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#root = options.topicRoot ?? DEFAULT_TOPIC_ROOT;
    this.publish = options.publishes === true ? (hint) => this.#publish(hint) : undefined;
  }

  /** Whether there is a connection: hints come, but for topics that the broker has refused. */
  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Why the last attempt to connect failed, for whoever wonders why no hints come. */
  get lastError(): unknown {
    return this.#failure;
  }

  subscribe(thing: HintTopic, subscriber: HintSubscriber): () => void {
    const topic = topicOf(this.#root, thing);
    const subscribers = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, subscribers.add(subscriber));
    if (this.#acknowledged.has(topic)) subscriber.onConnected();
    else if (this.#client !== undefined) void this.#listen(this.#client, [topic]);
    this.#start();
    return () => {
      subscribers.delete(subscriber);
      if (subscribers.size > 0 || this.#subscribers.get(topic) !== subscribers) return;
      this.#subscribers.delete(topic);
      if (this.#acknowledged.delete(topic)) void unsubscribeFrom(this.#client, topic);
    };
  }

  /** Ends the connection. Watchers go on by polling. Calling it again does nothing more. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#client?.end(true);
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #start(): void {
    if (this.#closing.signal.aborted) return;
    this.#running ??= this.#run();
  }

  /** One connection after another. A library's own reconnecting would reuse a signed address. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; failures += 1) {
      const client = await this.#connect();
      if (client !== undefined) {
        failures = 0;
        await this.#use(client);
      }
      await sleep(this.#clock, backoffMs(this.#random, failures, BACKOFF), signal);
    }
  }

  async #connect(): Promise<MqttClient | undefined> {
    try {
      // Another connection under one client id would end this one.
      const clientId = `${this.#root}-${this.#random.id()}`;
      return await connect(await this.#address(), clientId, this.#clock, this.#closing.signal);
    } catch (error) {
      this.#failure = error;
      // The next try may have other credentials, or the broker back.
      return undefined;
    }
  }

  async #address(): Promise<string> {
    const { url, awsIot } = this.#options;
    if (awsIot === undefined) return url ?? '';
    const [host, scheme] = hostOf(awsIot.endpoint);
    const credentials = await awsIot.credentials();
    const { region } = awsIot;
    return signedAddress({ host, region, credentials }, this.#clock.wallMs(), scheme);
  }

  /** Until the connection ends. */
  async #use(client: MqttClient): Promise<void> {
    const ended = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.on('error', () => {});
    client.on('message', (topic, payload) => this.#receive(topic, payload));
    this.#client = client;
    void this.#listen(client, [...this.#subscribers.keys()]);
    if (this.#closing.signal.aborted) client.end(true);
    await ended;
    this.#client = undefined;
    const topics = [...this.#acknowledged];
    this.#acknowledged.clear();
    for (const timer of this.#secondLooks) timer.cancel();
    this.#secondLooks.clear();
    this.#tell(topics, (subscriber) => subscriber.onDisconnected());
  }

  async #listen(client: MqttClient, topics: readonly string[]): Promise<void> {
    const granted = await subscribeTo(client, topics);
    // The connection may have ended, and the subscribers gone, while the broker answered.
    if (this.#client !== client) return;
    const wanted = granted.filter((topic) => this.#subscribers.has(topic));
    if (wanted.length === 0) return;
    for (const topic of wanted) this.#acknowledged.add(topic);
    this.#tell(wanted, (subscriber) => subscriber.onConnected());
    const timer = this.#clock.startTimer(SECOND_LOOK_MS, () => {
      this.#secondLooks.delete(timer);
      this.#tell(wanted, (subscriber) => subscriber.onConnected());
    });
    this.#secondLooks.add(timer);
  }

  #receive(topic: string, payload: Uint8Array): void {
    const hint = hintOf(payload);
    // A hint on another topic than its own is nobody's.
    if (hint === undefined || topicOf(this.#root, hint) !== topic) return;
    this.#tell([topic], (subscriber) => subscriber.onHint(hint));
  }

  #publish(hint: Hint): void {
    const payload = JSON.stringify(messageOf(hint));
    this.#start();
    this.#client?.publish(topicOf(this.#root, hint), payload, { qos: 1 }, () => {});
  }

  #tell(topics: readonly string[], say: (subscriber: HintSubscriber) => void): void {
    for (const topic of topics) {
      for (const subscriber of [...(this.#subscribers.get(topic) ?? [])]) say(subscriber);
    }
  }
}

/** The host alone, and `ws` for one that says so, as in tests. */
function hostOf(endpoint: string): [string, 'ws' | 'wss'] {
  const host = endpoint.replace(/^wss?:\/\//, '');
  return [host, endpoint.startsWith('ws://') ? 'ws' : 'wss'];
}
