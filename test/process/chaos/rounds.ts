import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Holdfast } from '../../../lib/index.ts';
import { startLocalTable } from '../../../lib/local/index.ts';
import { checkFencing, type GuardedWrite } from '../../check/fencing.ts';
import type { Verdict } from '../../check/verdict.ts';
import { Arena } from './arena.ts';

export interface ChaosPlan {
  /** Holders that are killed by SIGKILL, over all arenas. */
  readonly kills: number;
  /** Holders that are stopped by SIGSTOP past their lease, and continued. */
  readonly stops: number;
  /** Locks that are fought for at the same time. */
  readonly arenas: number;
  /** Off only to show what the fence is for. @default true */
  readonly fenced?: boolean;
}

export interface ChaosResult {
  readonly kills: number;
  readonly stops: number;
  readonly grants: number;
  /** Late writes of stopped holders that the table shows no trace of: that must be all of them. */
  readonly lateWritesKeptOut: number;
  /** Of these, how many came from a hold that still believed in itself. */
  readonly unnoticedLosses: number;
  readonly takenOverAfterMs: { readonly median: number; readonly longest: number };
  readonly verdicts: readonly Verdict[];
}

const LEASE_MS = 2_000;
const CONTENDERS = 3;
const TABLE = 'coordination';
const USER_TABLE = 'albums';

/** Fights with real processes, and what the judge says of what they did. */
export async function runChaos(plan: ChaosPlan): Promise<ChaosResult> {
  await using local = await startLocalTable();
  const { clientConfig } = local;
  await using holdfast = new Holdfast({ table: TABLE, clientConfig });
  await holdfast.createTable();
  await createUserTable(clientConfig);
  const program = await bundleContender();
  const settings = { program, clientConfig, table: TABLE, userTable: USER_TABLE };
  const takeOvers: number[] = [];
  const verdicts: Verdict[] = [];
  let [grants, keptOut, unnoticed] = [0, 0, 0];
  const fight = async (_: unknown, index: number) => {
    const arena = new Arena({
      ...settings,
      lock: `lock-${index}`,
      leaseMs: LEASE_MS,
      contenders: CONTENDERS,
      fenced: plan.fenced ?? true,
    });
    const lateWrites: GuardedWrite[] = [];
    for (let round = index; round < plan.kills + plan.stops; round += plan.arenas) {
      // An undisturbed turn in between: what chaos left behind must not disturb anybody.
      await arena.letWrite(await arena.holder());
      const holder = await arena.holder();
      if (round < plan.kills) {
        takeOvers.push((await arena.kill(holder)).takenOverAfterMs);
      } else {
        const { takenOverAfterMs, lateWrite } = await arena.stop(holder);
        takeOvers.push(takenOverAfterMs);
        lateWrites.push(lateWrite);
      }
    }
    const run = await arena.end();
    keptOut += lateWrites.filter(({ id }) => !run.applied.includes(id)).length;
    grants += run.grants.length;
    unnoticed += arena.unnoticedLosses;
    verdicts.push(checkFencing(run));
  };
  await Promise.all(Array.from({ length: plan.arenas }, fight));
  takeOvers.sort((one, other) => one - other);
  return {
    kills: plan.kills,
    stops: plan.stops,
    grants,
    lateWritesKeptOut: keptOut,
    unnoticedLosses: unnoticed,
    takenOverAfterMs: {
      median: Math.round(takeOvers[Math.floor(takeOvers.length / 2)] ?? 0),
      longest: Math.round(takeOvers.at(-1) ?? 0),
    },
    verdicts,
  };
}

/** By a name that no bundler follows: the script has to run from where it lies. */
async function bundleContender(): Promise<string> {
  const script = pathToFileURL(resolve('scripts/bundle.mjs')).href;
  const { bundle } = (await import(script)) as typeof import('../../../scripts/bundle.mjs');
  return bundle('test/process/chaos/contender.ts');
}

async function createUserTable(
  clientConfig: ConstructorParameters<typeof DynamoDBClient>[0],
): Promise<void> {
  const client = new DynamoDBClient(clientConfig ?? {});
  await client.send(
    new CreateTableCommand({
      TableName: USER_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  client.destroy();
}
