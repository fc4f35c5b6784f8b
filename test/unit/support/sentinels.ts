import { keyOf, parseChain } from '../../../functions/sentinel/chain-row.ts';
import {
  parseMessage,
  type SentinelMessage,
  textOfMessage,
} from '../../../functions/sentinel/message.ts';
import { restartOverdue } from '../../../functions/sentinel/restart.ts';
import { partsOf, type Served, serve } from '../../../functions/sentinel/serve.ts';
import type { JoinOptions, Membership } from '../../../lib/group/index.ts';
import * as groups from '../../../lib/group/index.ts';
import { Holdfast } from '../../../lib/index.ts';
import { runtimeOf } from '../../../lib/runtime.ts';
import type { Store } from '../../../lib/store/store.ts';
import { RowHistory } from '../../../lib/testing/row-history.ts';
import { LocalQueue } from '../../functions/local-queue.ts';
import type { Library } from '../../planted/load.ts';
import { Actor } from './actor.ts';
import { GroupStage, LEASE_MS } from './groups.ts';

const PRESENT = { ...groups, Holdfast, runtimeOf, serve, partsOf, restartOverdue };
export type Sentinels = Pick<Library, Exclude<keyof typeof PRESENT, keyof typeof groups> | 'group'>;

export const INTERVAL_MS = 10_000;
export const VISIBILITY_MS = 20_000;
/** What the table's clock may be unsure of, and a request or two. */
const CLOCK_MS = 4_000;
/** How long after its death a member is gone, if nothing goes wrong. */
export const BOUND_MS = LEASE_MS + 1.5 * INTERVAL_MS + CLOCK_MS;
/** After so long without an accident there are no copies any more. */
export const QUIET_MS = VISIBILITY_MS + 3 * INTERVAL_MS;
/** From a write to the function that hears of it. */
const STREAM_LAG_MS = 300;
const INVOCATION_MS = 20_000;
const GROUP = { namespace: 'default', group: 'it' };

/** Where a process of the function dies. */
export type Crash = 'before' | 'after';

/** A stage with the sentinel's queue, and the processes of its function. */
export class SentinelStage extends GroupStage {
  readonly queue: LocalQueue;
  readonly served: Served[] = [];
  /** Each request to the table, and each message that is sent, is a step. */
  steps = 0;
  crashAt: (step: number) => Crash | undefined = () => undefined;
  crashes = 0;
  /** What comes to pass between a look after the group and what follows from it. */
  afterSweep: () => Promise<void> = async () => undefined;
  readonly #sentinels: Sentinels;
  readonly #idle: Actor[] = [];
  #started = 0;

  constructor(library: Sentinels = PRESENT) {
    super(library);
    this.#sentinels = library;
    this.queue = new LocalQueue({
      clock: this.clock,
      ...{ visibilityMs: VISIBILITY_MS, receivesMax: 5 },
      consume: async ({ body, attributes }) => {
        const instance = this.#idle.pop() ?? this.#cold();
        const runtime = this.#invoke(instance);
        const parts = this.#sentinels.partsOf(runtime, {
          intervalMs: INTERVAL_MS,
          send: (message, delayMs) => this.#send(instance, message, delayMs),
        });
        const sweep: typeof parts.sweep = async (group) => {
          const report = await parts.sweep(group);
          await this.afterSweep();
          return report;
        };
        const receives = Number(attributes.ApproximateReceiveCount);
        this.served.push(
          await this.#sentinels.serve(parseMessage(body), receives, { ...parts, sweep }),
        );
        this.#idle.push(instance);
      },
    });
  }

  /** A member joins, of which the sentinel hears by the stream. */
  override async enters(actor: Actor, options: JoinOptions = {}): Promise<Membership> {
    const membership = await super.enters(actor, options);
    this.tellOfJoin();
    return membership;
  }

  /** What the schedule does each hour. */
  async restart(): Promise<number> {
    const instance = this.#cold();
    const runtime = this.#invoke(instance);
    const send = (message: SentinelMessage, delayMs: number) =>
      this.#send(instance, message, delayMs);
    return (await this.run(this.#sentinels.restartOverdue(runtime, send))).restarted;
  }

  get chain() {
    const { pk, sk } = keyOf(GROUP);
    return parseChain(this.table.snapshot().find((item) => item.pk === pk && item.sk === sk));
  }

  /** How many messages are under way that would go on with the chain. */
  get links(): number {
    return this.queue.pending.filter((body) => body.includes('"link"')).length;
  }

  isMember(id: string): boolean {
    return this.rows('member').some(({ sk }) => sk === `member#${id}`);
  }

  /** The fan-out tells the sentinel that somebody has joined. */
  tellOfJoin(): void {
    this.queue.send(textOfMessage({ kind: 'start', ...GROUP }), STREAM_LAG_MS);
  }

  #invoke({ holdfast }: Actor) {
    holdfast.beginInvocation({ getRemainingTimeInMillis: () => INVOCATION_MS });
    return this.#sentinels.runtimeOf(holdfast);
  }

  #cold(): Actor {
    this.#started += 1;
    const label = `function-${this.#started}`;
    const table = this.ledger.watch(label, this.table);
    const step = <Answer>(effect: () => Promise<Answer>) => this.#step(instance, effect);
    const stepping: Store = {
      table: table.table,
      get: (request, options) => step(() => table.get(request, options)),
      query: (request, options) => step(() => table.query(request, options)),
      write: (request, options) => step(() => table.write(request, options)),
    };
    const instance = new Actor({
      Holdfast: this.#sentinels.Holdfast,
      label,
      trueClock: this.clock,
      history: new RowHistory(),
      table: stepping,
      mode: 'lambda',
    });
    return instance;
  }

  #send(instance: Actor, message: SentinelMessage, delayMs: number): Promise<void> {
    return this.#step(instance, async () => this.queue.send(textOfMessage(message), delayMs));
  }

  /** A process that dies here never gets to what comes next. */
  async #step<Answer>(instance: Actor, effect: () => Promise<Answer>): Promise<Answer> {
    this.steps += 1;
    const crash = this.crashAt(this.steps);
    const answer = crash === 'before' ? undefined : await effect();
    if (crash === undefined) return answer as Answer;
    this.crashes += 1;
    instance.die();
    return new Promise<never>(() => undefined);
  }
}
