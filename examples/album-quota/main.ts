/**
 * Album quota: processes move megabytes of quota between albums, two albums at a time, while one
 * after the other is killed in the middle of a transaction. No megabyte may be lost or made, and no
 * album stay locked. `--quick` kills fewer.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { Holdfast } from 'holdfast';
import { startLocalTable } from 'holdfast/local';
import { type Transactions, transactions } from 'holdfast/transaction';
import type { Check } from '../main-job/check.ts';
import { machineMs } from '../main-job/clock.ts';
import { standardOutput } from '../main-job/paper.ts';
import { writeEnd, writeVerdict } from '../main-job/report.ts';
import { Crewman, type Tally } from './crewman.ts';
import {
  ALBUM_TABLE,
  ALBUMS,
  MEGABYTES_EACH,
  type Settings,
  TOTAL_MEGABYTES,
  TRANSACTIONS,
} from './settings.ts';

const TABLE = 'coordination';
const MOVERS = 3;
const AUDIT_EVERY_MS = 200;

// The SDK's notice about old versions of Node would appear once a process.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.exitCode = await main(process.argv.slice(2));

async function main(options: readonly string[]): Promise<number> {
  const unknown = options.find((option) => option !== '--quick');
  if (unknown !== undefined) {
    process.stderr.write(`unknown option ${unknown}; there is --quick\n`);
    return 2;
  }
  await using local = await startLocalTable();
  const clientConfig = { ...local.clientConfig };
  const client = new DynamoDBClient(clientConfig);
  await createAlbumTable(client);
  const settings = { table: TABLE, namespace: 'albums', clientConfig };
  await using holdfast = new Holdfast(settings);
  await holdfast.createTable();
  const albums = transactions(holdfast, TRANSACTIONS);
  await albums.transact((tx) => {
    for (const name of ALBUMS) tx.put(ALBUM_TABLE, { name, megabytes: MEGABYTES_EACH });
  });
  return await play(settings, albums, client, options.includes('--quick') ? 2 : 5);
}

async function play(
  settings: Settings,
  albums: Transactions,
  client: DynamoDBClient,
  kills: number,
): Promise<number> {
  const paper = standardOutput();
  const startMs = machineMs();
  const tally: Tally = { moved: 0, killed: 0, unsure: 0, audits: 0, wrongSums: [] };
  const say = (words: string) => {
    paper.write(`${((machineMs() - startMs) / 1_000).toFixed(2).padStart(6)}  ${words}`);
  };
  paper.write(paper.style('bold', 'Album quota'));
  paper.write(`${MOVERS} processes move quota between ${ALBUMS.length} albums, two at a time, on`);
  paper.write(
    'an engine without transactions. One after the other is killed in the middle of one.',
  );
  paper.write('');
  const movers = Array.from(
    { length: MOVERS },
    (_, index) => new Crewman(index + 1, settings, tally),
  );
  process.once('exit', () => {
    for (const mover of movers) mover.kill();
  });
  let isOver = false;
  const auditing = audit(albums, tally, () => isOver);
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(600);
    const mover = movers[kill % MOVERS];
    const before = tally.moved;
    const transaction = await mover?.killWithin();
    tally.killed += 1;
    say(`mover-${(kill % MOVERS) + 1} is killed within transaction ${transaction?.slice(0, 6)}`);
    await delay(700);
    say(`the others have made ${tally.moved - before} moves since; a new one takes its place`);
    mover?.start();
  }
  await delay(600);
  await Promise.all(movers.map((mover) => mover.end()));
  isOver = true;
  await auditing;
  const swept = await albums.sweep();
  say(`swept: ${swept.aborted} ended, ${swept.finished} finished, of those whose process died`);
  const sum = await sumOf(albums);
  const locks = await countLocks(client);
  say(`${sum} MB in ${ALBUMS.length} albums; ${tally.moved} moves, ${tally.audits} audits`);
  const checks = judge(tally, { sum, locks, kills });
  client.destroy();
  writeVerdict(paper, checks);
  writeEnd(paper, checks, machineMs() - startMs);
  return checks.every(({ held }) => held) ? 0 : 1;
}

/** Judges what was seen; where nothing happened, nothing was shown. */
function judge(
  tally: Tally,
  { sum, locks, kills }: { readonly sum: number; readonly locks: number; readonly kills: number },
): Check[] {
  return [
    {
      claim: 'quota is moved, and neither lost nor made',
      held: sum === TOTAL_MEGABYTES && tally.moved > 0,
      detail: `${sum} of ${TOTAL_MEGABYTES} MB after ${tally.moved} moves`,
    },
    {
      claim: 'every audit in between finds the same sum',
      held: tally.wrongSums.length === 0 && tally.audits > 0,
      detail: `${tally.audits} audits, wrong sums: ${tally.wrongSums.join(', ') || 'none'}`,
    },
    {
      claim: 'processes were killed in the middle of transactions',
      held: tally.killed === kills,
      detail: `${tally.killed} by SIGKILL`,
    },
    { claim: 'no album stays locked', held: locks === 0, detail: `${locks} locks left` },
    {
      claim: 'no living process is left in doubt',
      held: tally.unsure === 0,
      detail: `${tally.unsure} errors`,
    },
  ];
}

/** Adds up all albums, again and again, as they were at one moment each. */
async function audit(albums: Transactions, tally: Tally, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const sum = await sumOf(albums);
    tally.audits += 1;
    if (sum !== TOTAL_MEGABYTES) tally.wrongSums.push(sum);
    await delay(AUDIT_EVERY_MS);
  }
}

async function sumOf(albums: Transactions): Promise<number> {
  const items = await albums.read(ALBUMS.map((name) => [ALBUM_TABLE, { name }] as const));
  return items.reduce((sum, item) => sum + Number(item?.megabytes), 0);
}

/** Counts locks in the raw items, without the library. */
async function countLocks(client: DynamoDBClient): Promise<number> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: ALBUM_TABLE }));
  return Items.filter((item) => item._txl !== undefined).length;
}

async function createAlbumTable(client: DynamoDBClient): Promise<void> {
  const create = new CreateTableCommand({
    TableName: ALBUM_TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
  });
  await client.send(create);
}
