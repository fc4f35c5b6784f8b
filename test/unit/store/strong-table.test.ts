import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { config } from '../../../lib/config/index.ts';
import { group } from '../../../lib/group/index.ts';
import { Holdfast } from '../../../lib/index.ts';
import { startLocalTable } from '../../../lib/local/index.ts';
import { names, sequence } from '../../../lib/naming/index.ts';
import { semaphore } from '../../../lib/recipes/index.ts';
import { createTable } from '../../../lib/store/dynamo-table.ts';
import { transactions } from '../../../lib/transaction/index.ts';
import { guarantee } from '../../planted/control.ts';
import { passOn, serviceError, startWireServer, type WireServer } from './wire-server.ts';

const TABLE = 'strong';
/** What strongly consistent global tables do not have. */
const MISSING = /^(Transact|UpdateTimeToLive)/;
const WRITE = /^(Put|Update|Delete)Item$/;

/** A table in several regions, as one of them shows it. */
interface StrongTable extends AsyncDisposable {
  readonly wire: WireServer;
  /** How many of the next writes meet one in another region. */
  conflicts: number;
  /** After how many writes each such one comes; 0 for never. */
  every: number;
  readonly missed: string[];
}

async function startStrongTable(): Promise<StrongTable> {
  const local = await startLocalTable();
  let writes = 0;
  const wire = await startWireServer((request) => {
    const { operation } = request;
    if (MISSING.test(operation)) {
      table.missed.push(operation);
      return serviceError('ValidationException', `${operation} is not supported`);
    }
    if (!WRITE.test(operation)) return passOn({ client: local.clientConfig }, request);
    writes += 1;
    if (table.conflicts > 0) table.conflicts -= 1;
    else if (table.every === 0 || writes % table.every !== 0) {
      return passOn({ client: local.clientConfig }, request);
    }
    return serviceError('ReplicatedWriteConflictException');
  });
  const table: StrongTable = {
    ...{ wire, conflicts: 0, every: 0, missed: [] },
    async [Symbol.asyncDispose]() {
      await wire.close();
      await local.stop();
    },
  };
  return table;
}

function open(table: StrongTable, library = { Holdfast }): Holdfast {
  return new library.Holdfast({
    table: TABLE,
    clientConfig: table.wire.client,
    namespace: 'photos',
  });
}

let table: StrongTable;
let holdfast: Holdfast;
beforeEach(async () => {
  table = await startStrongTable();
  holdfast = open(table);
  await holdfast.createTable();
  table.every = 3;
});
afterEach(async () => {
  await holdfast.close();
  await table[Symbol.asyncDispose]();
});

describe('on a strongly consistent table where one write in three meets another', () => {
  test('the table is accepted without a time to live', () => {
    expect(table.missed).toEqual(['UpdateTimeToLive']);
  });

  test('locks go from one process to the next, each with a larger token', async () => {
    await using other = open(table);
    const tokens: number[] = [];
    let inside = 0;
    const enter = (who: Holdfast) =>
      who.lock('door').using(async (hold) => {
        inside += 1;
        expect(inside).toBe(1);
        tokens.push(hold.token);
        await Promise.resolve();
        inside -= 1;
      });
    for (let round = 0; round < 4; round += 1) await Promise.all([holdfast, other].map(enter));
    expect(tokens).toHaveLength(8);
    expect(tokens).toEqual([...new Set(tokens)].sort((left, right) => left - right));
  });

  test('elections, sessions and permits work', async () => {
    const leadership = await holdfast.election('indexer').campaign('here');
    await leadership.proclaim('there');
    expect((await holdfast.election('indexer').leader())?.value).toBe('there');
    await leadership.resign();
    await using session = await holdfast.session();
    const hold = await holdfast.lock('door').acquire({ under: session });
    expect((await hold.release()).outcome).toBe('released');
    const pool = semaphore(holdfast, 'pool', { permits: 2 });
    await pool.using(async () => {});
  });

  test('names, numbers, documents and groups work', async () => {
    const claimed = await names(holdfast, 'users').claim('ada', { owner: 'account-7' });
    expect(claimed.owner).toBe('account-7');
    const tickets = sequence(holdfast, 'tickets');
    expect(await tickets.next()).toBeLessThan(await tickets.next());
    const limits = config<{ readonly n: number }>(holdfast, 'limits');
    for (let n = 1; n <= 3; n += 1) await limits.publish({ n });
    expect((await limits.get({ maxAgeMs: 0 })).value).toEqual({ n: 3 });
    const servers = group(holdfast, 'servers');
    const member = await servers.join({ address: '10.0.0.1' });
    expect((await servers.view()).members).toHaveLength(1);
    await member.leave();
  });

  test('transactions need none of the table itself', async () => {
    await createTable(table.wire.client, 'albums');
    const shop = transactions(holdfast, { tables: { albums: ['pk', 'sk'] } });
    await shop.transact(async (tx) => {
      await tx.insert('albums', { pk: 'mine', sk: 'a', photos: 1 });
      await tx.insert('albums', { pk: 'mine', sk: 'b', photos: 2 });
    });
    const keys = ['a', 'b'].map((sk) => ['albums', { pk: 'mine', sk }] as const);
    const read = await shop.read(keys);
    expect(read.map((item) => item?.photos)).toEqual([1, 2]);
    expect(table.missed.filter((operation) => operation.startsWith('Transact'))).toEqual([]);
  });
});

guarantee(
  'a claim that meets a write in another region is sent again, and not given up',
  { without: 'conflict-is-final' },
  async (library) => {
    await using strong = await startStrongTable();
    await using program = open(strong, library);
    await program.createTable();
    strong.conflicts = 2;
    const claim = library.names(program, 'users').claim('ada', { owner: 'account-7' });
    const isClaimed = claim.then(
      () => true,
      (error: unknown) => {
        if (library.isHoldfastError(error, 'store-unavailable')) return false;
        throw error;
      },
    );
    return (await isClaimed) && strong.conflicts === 0;
  },
);
