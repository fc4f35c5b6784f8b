import type { Config, ConfigEvent, ConfigOptions } from '../../../lib/config/index.ts';
import * as configuration from '../../../lib/config/index.ts';
import { parseHead } from '../../../lib/config/protocol.ts';
import type { Item } from '../../../lib/store/value.ts';
import type { Library } from '../../planted/load.ts';
import type { Actor } from './actor.ts';
import { Stage } from './stage.ts';

type Configuring = Pick<Library, 'Holdfast' | 'config'>;

/** What the documents of these tests look like. */
export interface Limits {
  readonly uploads: number;
}

/** A stage with one configuration on it. */
export class Configs {
  readonly stage: Stage;
  readonly #library: Pick<Configuring, 'config'>;

  constructor(library?: Configuring) {
    this.stage = new Stage(library);
    this.#library = library ?? configuration;
  }

  of(actor: Actor, options: Omit<ConfigOptions<Limits>, 'schema'> = {}): Config<Limits> {
    return this.#library.config<Limits>(actor.holdfast, 'it', options);
  }

  /** Publishes values, one after the other. Returns the last version. */
  async publishes(config: Config<Limits>, ...values: readonly number[]): Promise<number> {
    let last = 0;
    for (const uploads of values) {
      last = (await this.stage.run(config.publish({ uploads }))).version;
    }
    return last;
  }

  head() {
    return parseHead(this.rows('head')[0]);
  }

  rows(prefix: string): readonly Item[] {
    return this.stage.table.snapshot().filter(({ sk }) => String(sk).startsWith(prefix));
  }
}

/** Reads events in the background. */
export class Listener<Output> {
  readonly events: ConfigEvent<Output>[] = [];
  readonly #abort = new AbortController();
  error: unknown;
  isOver = false;

  constructor(start: (signal: AbortSignal) => AsyncIterable<ConfigEvent<Output>>) {
    const read = async () => {
      for await (const event of start(this.#abort.signal)) this.events.push(event);
    };
    read()
      .catch((error: unknown) => {
        this.error = error;
      })
      .finally(() => {
        this.isOver = true;
      });
  }

  /** Each event in a word: `changed 3`. */
  get words(): readonly string[] {
    return this.events.map(({ type, version }) => `${type} ${version}`);
  }

  get cursor(): string {
    return this.events.at(-1)?.cursor ?? '';
  }

  stop(): void {
    this.#abort.abort();
  }
}
