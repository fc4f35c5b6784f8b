import {
  DEFAULT_FENCE_ATTRIBUTE,
  type FenceableInput,
  type Fenced,
  fenceInput,
} from '../lease/fencing.ts';
import type { Runtime } from '../runtime.ts';
import { downgrade, upgrade } from './conversion.ts';
import { PermitHold } from './permit-hold.ts';
import type { PermitLease } from './permit-lease.ts';
import type { PermitPool } from './pool.ts';
import { HOLDERS_MAX } from './pool-writes.ts';

interface Surroundings {
  readonly runtime: Runtime;
  readonly pool: PermitPool;
  readonly table: string;
}

/** What readers and writers have in common. */
export abstract class ReadWriteHold extends PermitHold {
  protected readonly surroundings: Surroundings;

  constructor(lease: PermitLease, surroundings: Surroundings) {
    super(lease, surroundings.pool, surroundings.table);
    this.surroundings = surroundings;
  }
}

/** A hold of a read-write lock that lets others read. */
export class ReadHold extends ReadWriteHold {
  /**
   * Turns this hold into one to write, if nobody else reads and nobody waits; `undefined`: somebody
   * does, and this hold is as it was. Never waits: two readers who waited for each other would
   * wait for ever. One request, one write unit. On success this hold is spent.
   *
   * @throws LeaseLostError, `lease-lost` for a hold that was given up before; `store-unavailable`
   *   when the table does not answer for 5 seconds
   */
  async tryUpgrade(): Promise<WriteHold | undefined> {
    this.throwIfOver();
    if (this.remainingMs() === 0) return undefined;
    const { runtime, pool } = this.surroundings;
    const result = await upgrade(runtime, pool, this.lease, HOLDERS_MAX);
    this.throwIfLost();
    if (result !== 'changed') return undefined;
    this.spend();
    return new WriteHold(this.lease, this.surroundings);
  }
}

/** A hold of a read-write lock that keeps everybody else out. */
export class WriteHold extends ReadWriteHold {
  /**
   * The input of the caller's own `PutCommand` or `UpdateCommand`, made to fail once a later
   * writer has written the same item, and to stamp the token. No extra request and no extra unit.
   */
  fence<Input extends FenceableInput>(
    input: Input,
    options: { readonly attribute?: string } = {},
  ): Fenced<Input> {
    return fenceInput(input, this.token, options.attribute ?? DEFAULT_FENCE_ATTRIBUTE);
  }

  /**
   * Lets others read from now on, without a moment in which somebody else could write. One request,
   * one write unit. This hold is spent at once. When the table does not answer for 5 seconds,
   * others may be kept out until the returned hold is released.
   *
   * @throws LeaseLostError, `lease-lost` for a hold that was given up before
   */
  async downgrade(): Promise<ReadHold> {
    this.throwIfOver();
    this.spend();
    const { runtime, pool } = this.surroundings;
    await downgrade(runtime, pool, this.lease, 1);
    this.throwIfLost();
    return new ReadHold(this.lease, this.surroundings);
  }
}
