import { ExclusiveHold } from '../lease/hold.ts';
import { termsOf } from '../lease/terms.ts';
import { checkKnown, checkWhole } from '../option-checks.ts';
import { checkLeaseOptions, type LeaseOptions } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { SLOTS_MAX, type SlotsOptions } from './options.ts';
import { holdersOf, type SlotGrant, SlotPool } from './slot-pool.ts';
import type { SlotHolder } from './slots-full-error.ts';

/**
 * Small numbers for processes, such as the ordinal of a shard: each held by one process at a time,
 * under a lease or a session.
 *
 * Guarantees: those of a lock for each slot, its tokens and its signal included. A process is given
 * the slot that its label held last, if that is free; else the smallest free one, as far as others
 * do not ask at the same moment.
 */
export class Slots {
  readonly name: string;
  readonly size: number;
  readonly #runtime: Runtime;
  readonly #pool: SlotPool;

  constructor(runtime: Runtime, name: string, options: SlotsOptions, pool: SlotPool) {
    checkKnown(options, ['size']);
    checkWhole('size', options.size, 1, SLOTS_MAX);
    this.name = name;
    this.size = options.size;
    this.#runtime = runtime;
    this.#pool = pool;
  }

  /** The pool that all objects of this name in one instance share. */
  static pool(runtime: Runtime, name: string): SlotPool {
    return new SlotPool(runtime, 'slots', name);
  }

  /**
   * Takes a slot. Costs a consistent query of the slots' rows, about 400 bytes each, one write for
   * each try, and one more when the slot was somebody else's before. Does not wait.
   *
   * @throws SlotsFullError, InvalidArgumentError, and as `Lock.tryAcquire`
   */
  async acquire(options: LeaseOptions = {}): Promise<Slot> {
    checkLeaseOptions(options, this.#runtime.requestTimeoutMs);
    this.#runtime.closing.throwIfAborted();
    const terms = await termsOf(this.#runtime, options, undefined);
    const wish = { size: this.size, reservedBelow: Number.POSITIVE_INFINITY };
    return new Slot(await this.#pool.acquire(terms, wish));
  }

  /** Who holds which slot, those whose lease has run out included. One consistent query. */
  async holders(): Promise<readonly SlotHolder[]> {
    return holdersOf(await this.#pool.rows());
  }
}

/** A slot that is held. */
export class Slot extends ExclusiveHold {
  /** From 0 up to, and without, the size. */
  readonly number: number;

  constructor({ number, lease, line }: SlotGrant) {
    super(lease, line);
    this.number = number;
  }

  /** The fencing token: larger than that of every earlier holder of this slot. */
  get token(): number {
    return this.lease.token;
  }

  /** Gives the slot up. Never throws; says what the table says. One write unit. */
  release() {
    return this.giveUp();
  }
}
