import type { Config } from '../../lib/config/config.ts';
import { parseHead } from '../../lib/config/protocol.ts';
import { sleep } from '../../lib/core/clock.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import type { Chooser } from './choices.ts';
import { LEASE_MS, open } from './connect.ts';
import { AS_IT_IS, type ExploredLibrary } from './library.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

export interface ConfigScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, ConfigUse>>;
  readonly faults: FaultBudget;
  /** @default as it is */
  readonly library?: ExploredLibrary;
}

/**
 * - `append`: puts its name at the end of the document's list, by `update`.
 * - `rename`: the same, by a look and a `publish` that expects what was seen.
 * - `read`: reads, twice.
 * - `watch`: follows every version, for a while.
 */
export type ConfigUse = 'append' | 'rename' | 'read' | 'watch';

type Names = readonly string[];

const POLL_MS = 500;
/** What a publisher was told whose number went to somebody else, or who got no answer. */
const WEATHER = ['config-conflict', 'outcome-unknown', 'store-unavailable'] as const;

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runConfigScenario(
  scenario: ConfigScenario,
  chooser: Chooser,
): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  const play = new ConfigPlay(schedule, scenario.library ?? AS_IT_IS);
  for (const [name, use] of Object.entries(scenario.clients)) {
    schedule.start(name, (client) => play.run(client, use));
  }
  await schedule.run();
  play.judge();
  return schedule.operations;
}

class ConfigPlay {
  readonly #schedule: Schedule;
  readonly #library: ExploredLibrary;
  /** The version that each publisher was told is his. */
  readonly #acknowledged = new Map<string, number>();

  constructor(schedule: Schedule, library: ExploredLibrary) {
    this.#schedule = schedule;
    this.#library = library;
  }

  async run(client: ScheduledClient, use: ConfigUse): Promise<void> {
    const holdfast = open(this.#library, client, use === 'watch' ? 'service' : 'lambda');
    const options = { pollMs: POLL_MS, fallback: [] };
    const config = this.#library.config<Names>(holdfast, 'it', options);
    try {
      await this.#use(client, use, config);
    } catch (error) {
      if (!WEATHER.some((code) => isHoldfastError(error, code))) throw error;
    }
    await holdfast.close();
  }

  /** Numbered without gaps, each on top of the one before, and no acknowledged one lost. */
  judge(): void {
    const versions = this.#versions();
    const { version: newest } = this.#head();
    for (const [index, { version, names }] of versions.entries()) {
      if (version !== index + 1) throw new Error(`version ${version} follows ${index}`);
      const before = versions[index - 1]?.names ?? [];
      const isOnTop = names.slice(0, -1).join() === before.join();
      if (!isOnTop) throw new Error(`${names} was made of something else than ${before}`);
    }
    // One that was claimed may wait for somebody to complete it.
    if (versions.length !== newest && versions.length !== newest + 1) {
      throw new Error(`the head is at ${newest}, and there are ${versions.length} versions`);
    }
    for (const [name, version] of this.#acknowledged) {
      if (version > newest) throw new Error(`version ${version} was acknowledged, not ${newest}`);
      const author = versions[version - 1]?.names.at(-1);
      if (author !== name) throw new Error(`version ${version} of ${name} is by ${author}`);
    }
  }

  async #use(client: ScheduledClient, use: ConfigUse, config: Config<Names>): Promise<void> {
    const { name } = client;
    switch (use) {
      case 'append': {
        const { version } = await config.update((names = []) => [...names, name]);
        this.#acknowledged.set(name, version);
        return;
      }
      case 'rename': {
        const { value, version: expectedVersion } = await config.get({ maxAgeMs: 0 });
        const { version } = await config.publish([...value, name], { expectedVersion });
        this.#acknowledged.set(name, version);
        return;
      }
      case 'read':
        for (let look = 0; look < 2; look += 1) await this.#read(config);
        return;
      case 'watch':
        return this.#watch(client, config);
    }
  }

  /**
   * What was acknowledged before the look is seen in it, unless it says that the table did not
   * answer; and nothing that no head has named.
   */
  async #read(config: Config<Names>): Promise<void> {
    const known = Math.max(0, ...this.#acknowledged.values());
    const { value, version, stale } = await config.get({ maxAgeMs: 0 });
    if (version < known && !stale) throw new Error(`${version} was read after ${known}`);
    this.#checkTold(version, value);
  }

  async #watch({ clock }: ScheduledClient, config: Config<Names>): Promise<void> {
    const stop = new AbortController();
    void sleep(clock, LEASE_MS, stop.signal).then(() => stop.abort());
    let last: number | undefined;
    for await (const event of config.watch({ mode: 'every', signal: stop.signal })) {
      const { type, version } = event;
      const isNext = last === undefined ? type === 'snapshot' : type === 'changed';
      if (!isNext) throw new Error(`told of ${type} ${version} after ${last}`);
      if (last !== undefined && version !== last + 1) throw new Error(`${version} after ${last}`);
      last = version;
      if ('value' in event && event.value !== undefined) this.#checkTold(version, event.value);
      if (version === 2) stop.abort();
    }
  }

  #checkTold(version: number, value: Names): void {
    const { version: newest } = this.#head();
    if (version > newest) throw new Error(`told of ${version} while the head is at ${newest}`);
    const names = version === 0 ? [] : this.#versions()[version - 1]?.names;
    if (names?.join() !== value.join()) throw new Error(`version ${version} was told as ${value}`);
  }

  #head() {
    return parseHead(this.#schedule.memory.snapshot().find(({ sk }) => sk === 'head'));
  }

  #versions() {
    return this.#schedule.memory
      .snapshot()
      .filter(({ sk }) => String(sk).startsWith('version#'))
      .map(({ version, document }) => ({
        version: Number(version),
        names: JSON.parse(String(document)) as Names,
      }))
      .toSorted((one, other) => one.version - other.version);
  }
}
