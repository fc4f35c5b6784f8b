import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { LocalClientConfig } from '../../../lib/local/index.ts';
import type { FencedRun, Grant, GuardedWrite } from '../../check/fencing.ts';
import type { ContenderSettings, FromContender } from './messages.ts';

export interface ArenaOptions {
  /** The bundle of `contender.ts`. */
  readonly program: string;
  readonly clientConfig: LocalClientConfig;
  readonly table: string;
  readonly userTable: string;
  readonly lock: string;
  readonly leaseMs: number;
  readonly contenders: number;
  readonly fenced: boolean;
}

interface Contender {
  readonly name: string;
  readonly child: ChildProcess;
}

/** Somebody who has just been granted the lock, and waits for leave to write. */
export interface Holder {
  readonly contender: Contender;
  readonly token: number;
}

/** How one round ended. */
export interface Round {
  /** From the blow to the next grant. */
  readonly takenOverAfterMs: number;
}

/** Wall clocks of contenders are right, three hours ahead, or three hours behind. */
const SKEWS_MS = [0, 3 * 3_600_000, -3 * 3_600_000];

/** One lock, the processes that fight for it, and a record of all they did. */
export class Arena {
  readonly #options: ArenaOptions;
  readonly #contenders = new Set<Contender>();
  readonly #events = new EventEmitter();
  readonly #granted: Holder[] = [];
  readonly #grants: Grant[] = [];
  readonly #writes: GuardedWrite[] = [];
  /** Late writes of stopped holders that had not noticed their loss before. */
  unnoticedLosses = 0;
  #started = 0;

  constructor(options: ArenaOptions) {
    this.#options = options;
    while (this.#contenders.size < options.contenders) this.#start();
  }

  /** Waits for the next grant. */
  async holder(): Promise<Holder> {
    for (;;) {
      const holder = this.#granted.shift();
      if (holder !== undefined) return holder;
      await once(this.#events, 'granted');
    }
  }

  /** Lets a holder write and go on, and waits for what it says of its write. */
  async letWrite(holder: Holder): Promise<GuardedWrite> {
    const before = this.#writes.length;
    holder.contender.child.send('write');
    for (;;) {
      const write = this.#writes.slice(before).find(({ token }) => token === holder.token);
      if (write !== undefined) return write;
      await once(this.#events, 'wrote');
    }
  }

  /** Kills the holder within its hold; another contender takes its place in the world. */
  async kill(holder: Holder): Promise<Round> {
    const struckAtMs = performance.now();
    holder.contender.child.kill('SIGKILL');
    this.#contenders.delete(holder.contender);
    this.#start();
    const next = await this.holder();
    const takenOverAfterMs = performance.now() - struckAtMs;
    await this.letWrite(next);
    return { takenOverAfterMs };
  }

  /** Stops the holder within its hold until another has written, and lets it write only then. */
  async stop(holder: Holder): Promise<Round & { readonly lateWrite: GuardedWrite }> {
    const struckAtMs = performance.now();
    holder.contender.child.kill('SIGSTOP');
    const next = await this.holder();
    const takenOverAfterMs = performance.now() - struckAtMs;
    await this.letWrite(next);
    const late = this.letWrite(holder);
    holder.contender.child.kill('SIGCONT');
    return { takenOverAfterMs, lateWrite: await late };
  }

  /** Ends all contenders and tells what happened. */
  async end(): Promise<FencedRun> {
    for (const { child } of this.#contenders) child.kill('SIGKILL');
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(this.#options.clientConfig));
    const { lock, userTable } = this.#options;
    const { Item } = await documents.send(
      new GetCommand({ TableName: userTable, Key: { id: lock }, ConsistentRead: true }),
    );
    documents.destroy();
    const applied = (Item?.applied ?? []) as string[];
    return { grants: this.#grants, writes: this.#writes, applied, refusesAfter: 'write' };
  }

  #start(): void {
    const { clientConfig, program, contenders: _, ...rest } = this.#options;
    this.#started += 1;
    const name = `${rest.lock}/${this.#started}`;
    const skewMs = SKEWS_MS[this.#started % SKEWS_MS.length] ?? 0;
    const { endpoint } = clientConfig;
    const settings: ContenderSettings = { ...rest, endpoint, name, skewMs };
    const child = fork(program, [JSON.stringify(settings)], {
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
      execArgv: [],
    });
    const contender = { name, child };
    this.#contenders.add(contender);
    child.on('message', (message) => this.#hear(contender, message as FromContender));
  }

  #hear(contender: Contender, message: FromContender): void {
    const { token, calledAtMs: calledAt, atMs: returnedAt } = message;
    if (message.kind === 'granted') {
      this.#grants.push({ holder: contender.name, token, calledAt, returnedAt });
      this.#granted.push({ contender, token });
    } else {
      const { id, outcome, knewOfLoss } = message;
      this.#writes.push({ id, writer: contender.name, token, outcome, calledAt, returnedAt });
      if (outcome === 'refused' && !knewOfLoss) this.unnoticedLosses += 1;
    }
    this.#events.emit(message.kind);
  }
}
