import { type Config, type ConfigEvent, config } from '../../../lib/config/index.ts';
import { sleep } from '../../../lib/core/clock.ts';
import { isHoldfastError } from '../../../lib/errors.ts';
import type { SeededRandom } from '../../../lib/testing/seeded-random.ts';
import { checkLinearizable } from '../../check/linearizable.ts';
import { type RegisterInput, type RegisterOutput, registerModel } from '../../check/models.ts';
import { HistoryRecorder } from '../../check/recorder.ts';
import { checkWatch, type Subscription, type WatchEvent } from '../../check/watch.ts';
import type { SimulatedClient } from '../client.ts';
import type { Arrival } from '../traced-store.ts';
import type { Judgement, Workload } from '../workload.ts';
import type { World } from '../world.ts';
import { ConfigTruth, NO_DOCUMENT } from './config-truth.ts';
import { drawHabits, Endings, type Habits, repeat, runSession, type Thread } from './session.ts';

type Mode = 'every' | 'latest';

export interface ConfigWorkloadOptions {
  /** Whether watchers believe each poll of a replica, to see the checker at work. */
  readonly isNaive?: boolean | undefined;
}

const NAME = 'limits';
/** Few, so that watchers who were away come back to what is gone. */
const VERSIONS_KEPT = 4;
/** Longer than any request can be late. */
const QUIET_MS = 120_000;
const CATCH_UP_MS = 20_000;

/** Clients that publish, compact and watch one document, and take their cursors along. */
export class ConfigWorkload implements Workload {
  readonly #habits: Habits;
  readonly #isNaive: boolean;
  readonly #endings = new Endings();
  readonly #subscriptions: Subscription[] = [];
  readonly #cursors = new Map<string, { readonly text: string; readonly version: number }>();
  readonly #traffic = { published: 0, conflicts: 0, events: 0, resets: 0, resumed: 0 };
  #history: HistoryRecorder<RegisterInput, RegisterOutput> | undefined;
  #truth: ConfigTruth | undefined;
  #now: () => number = () => 0;

  constructor(random: SeededRandom, { isNaive = false }: ConfigWorkloadOptions = {}) {
    this.#habits = { ...drawHabits(random), keepsSessions: false };
    this.#isNaive = isNaive;
  }

  get clientNames(): readonly string[] {
    return this.#habits.clientNames;
  }

  async program(client: SimulatedClient, world: World): Promise<void> {
    this.#begin(world);
    while (world.phase !== 'ending') {
      await runSession(client, world, this.#habits, (thread) =>
        repeat(thread, this.#habits, this.#endings, () => this.#use(thread)),
      );
    }
    await runSession(client, world, this.#habits, async (thread) => {
      await this.#publish(thread);
      await sleep(client.clock, QUIET_MS);
      await this.#watch(thread, 'every', CATCH_UP_MS, true);
      await this.#watch(thread, 'latest', CATCH_UP_MS, true);
    });
  }

  onArrival(arrival: Arrival): void {
    this.#truth?.onArrival(arrival);
  }

  judge(): readonly Judgement[] {
    const truth = this.#truth?.truth ?? { log: [], compactedThrough: 0 };
    const history = this.#history?.history() ?? [];
    return [
      { name: 'watches', verdict: checkWatch(truth, this.#subscriptions) },
      {
        name: 'versions',
        verdict: checkLinearizable(history, registerModel(0)),
        isLinearizability: true,
      },
    ];
  }

  traffic(): Readonly<Record<string, number>> {
    return { ...this.#traffic, ...this.#endings.counts };
  }

  /** The first process of a run brings the clock along. */
  #begin({ clock }: World): void {
    if (this.#truth !== undefined) return;
    this.#now = () => clock.monotonicMs();
    this.#truth = new ConfigTruth(this.#now);
    this.#history = new HistoryRecorder(this.#now);
  }

  #document({ holdfast }: Thread): Config<string> {
    const history = { versions: VERSIONS_KEPT };
    return config<string>(holdfast, NAME, { history, pollMs: 500, fallback: 'none' });
  }

  async #use(thread: Thread): Promise<void> {
    const { random } = thread;
    const durationMs = random.between(0, 10_000);
    if (random.chance(0.3))
      return this.#watch(thread, random.pick(['every', 'latest']), durationMs);
    if (random.chance(0.1)) return void (await this.#document(thread).compact());
    if (random.chance(0.3)) return void (await this.#read(thread));
    await this.#publish(thread);
  }

  /** A read of the version, as of now; `undefined`: the table did not say. */
  async #read(thread: Thread): Promise<number | undefined> {
    const operation = this.#history?.call(thread.name, { kind: 'read' });
    try {
      const { source, stale, version } = await this.#document(thread).get({ maxAgeMs: 0 });
      if (stale || source === 'cache') {
        operation?.hadNoEffect();
        return undefined;
      }
      operation?.returned({ kind: 'value', value: version });
      return version;
    } catch (error) {
      operation?.hadNoEffect();
      throw error;
    }
  }

  async #publish(thread: Thread): Promise<void> {
    const seen = await this.#read(thread);
    if (seen === undefined) return;
    await sleep(thread.client.clock, thread.random.between(0, 200));
    const operation = this.#history?.call(thread.name, { kind: 'cas', from: seen, to: seen + 1 });
    const value = `${thread.name} at ${this.#now()}`;
    try {
      const { version } = await this.#document(thread).publish(value, { expectedVersion: seen });
      if (version !== seen + 1) throw new Error(`expected ${seen + 1}, published ${version}`);
      operation?.returned({ kind: 'written' });
      this.#traffic.published += 1;
    } catch (error) {
      // Of every other ending nobody knows whether it took effect.
      if (isHoldfastError(error, 'config-conflict')) {
        operation?.returned({ kind: 'refused' });
        this.#traffic.conflicts += 1;
      } else if (!isHoldfastError(error, 'outcome-unknown')) throw error;
    }
  }

  async #watch(thread: Thread, mode: Mode, durationMs: number, isLast = false): Promise<void> {
    const { client, world } = thread;
    const abort = new AbortController();
    const timer = client.clock.startTimer(durationMs, () => abort.abort());
    const place = `${client.name}/${mode}`;
    const cursor = this.#cursors.get(place);
    const events: WatchEvent[] = [];
    const begin = {
      watcher: `${thread.name} (${mode})`,
      from:
        cursor === undefined
          ? ({ kind: 'current', at: this.#now() } as const)
          : ({ kind: 'cursor', after: cursor.version } as const),
      delivery: mode,
    } as const;
    const position = this.#subscriptions.push({ ...begin, events, caughtUp: false }) - 1;
    if (cursor !== undefined) this.#traffic.resumed += 1;
    const options = { mode, signal: abort.signal, from: cursor?.text };
    for await (const event of this.#events(thread, options)) {
      // A process that was killed does nothing any more, whatever its promises do.
      if (!client.isAlive) break;
      events.push(eventOf(event, this.#now()));
      this.#cursors.set(place, { text: event.cursor, version: event.version });
      this.#traffic.events += 1;
      if (event.type === 'reset') this.#traffic.resets += 1;
    }
    timer.cancel();
    const caughtUp = isLast && world.phase === 'ending' && client.isAlive;
    this.#subscriptions[position] = { ...begin, events, caughtUp };
  }

  #events(
    thread: Thread,
    options: {
      readonly mode: Mode;
      readonly signal: AbortSignal;
      readonly from?: string | undefined;
    },
  ): AsyncIterable<ConfigEvent<string>> {
    return this.#isNaive ? poll(thread, options) : this.#document(thread).watch(options);
  }
}

function eventOf(event: ConfigEvent<string>, at: number): WatchEvent {
  const { type, version } = event;
  if (type === 'rejected') throw new Error('nothing here is checked by a schema');
  const value = event.value === undefined ? NO_DOCUMENT : JSON.stringify(event.value);
  return { kind: type === 'reset' ? 'reset' : 'version', version, value, at };
}

/** The watcher that everybody writes first: whatever a poll shows is news. */
async function* poll(
  { client, holdfast }: Thread,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<ConfigEvent<string>> {
  const pk = `${holdfast.namespace}#config#${NAME}`;
  let last = 0;
  while (!signal.aborted && client.isAlive) {
    const head = await client.store.get({ key: { pk, sk: 'head' }, consistent: false });
    const version = head.kind === 'found' ? Number(head.item.version) : last;
    if (version !== last) {
      const sk = `version#${String(version).padStart(16, '0')}`;
      const row = await client.store.get({ key: { pk, sk }, consistent: true });
      last = version;
      if (row.kind === 'found') {
        const value = JSON.parse(String(row.item.document)) as string;
        yield { type: 'changed', version, value, previousVersion: last, cursor: '' };
      }
    }
    await sleep(client.clock, 500, signal);
  }
}
