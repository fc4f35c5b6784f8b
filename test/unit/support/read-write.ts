import type { ReadHold, ReadWriteLock, WriteHold } from '../../../lib/recipes/index.ts';
import * as recipes from '../../../lib/recipes/index.ts';
import type { Library } from '../../planted/load.ts';
import type { Actor } from './actor.ts';
import { Call, Pools } from './pools.ts';

type Recipes = Pick<Library, 'Holdfast' | 'semaphore' | 'readWriteLock'>;

/** A stage with one read-write lock on it. */
export class ReadWrites extends Pools {
  readonly #readWriteLock: Recipes['readWriteLock'];

  constructor(library?: Recipes) {
    super(library);
    this.#readWriteLock = (library ?? recipes).readWriteLock;
  }

  lock(actor: Actor): ReadWriteLock {
    return this.#readWriteLock(actor.holdfast, 'it');
  }

  /** One try to read. */
  async triesToRead(actor: Actor): Promise<ReadHold | undefined> {
    const result = await this.stage.run(this.lock(actor).read.tryAcquire(), 10_000);
    return result.acquired ? result.hold : undefined;
  }

  /** Reads, which must be possible at once. */
  reads(actor: Actor): Promise<ReadHold> {
    return this.stage.run(this.lock(actor).read.acquire(), 100);
  }

  /** Writes, which must be possible at once. */
  writes(actor: Actor): Promise<WriteHold> {
    return this.stage.run(this.lock(actor).write.acquire(), 100);
  }

  /** Starts to wait to write, and comes back when the process stands in line. */
  async joinsToWrite(actor: Actor): Promise<Call<WriteHold>> {
    const call = new Call(this.lock(actor).write.acquire());
    await this.stage.until(() => this.row().queue.length > 0);
    return call;
  }
}
