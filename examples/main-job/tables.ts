import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { Holdfast, isHoldfastError } from 'holdfast';
import { startLocalTable } from 'holdfast/local';
import type { Target } from './options.ts';

/** The two tables of the run: the library's, and the user's with the ledger's head row. */
export interface Tables {
  readonly table: string;
  readonly ledgerTable: string;
  readonly clientConfig: Readonly<Record<string, unknown>>;
  readonly description: string;
  /** Removes the head row, and the engine if it is ours. */
  close(ledgerId: string): Promise<void>;
}

/** Makes sure that there are tables to work on. Creates them where that is asked for, or local. */
export async function openTables(target: Target): Promise<Tables> {
  if (target.kind === 'local') {
    const local = await startLocalTable();
    const { clientConfig, endpoint } = local;
    const tables = { table: 'coordination', ledgerTable: 'ledger' };
    await createTables({ ...clientConfig }, tables);
    const description = `a local table in this process (dynalite, ${endpoint})`;
    const close = () => local.stop();
    return { ...tables, clientConfig: { ...clientConfig }, description, close };
  }
  const { table, ledgerTable, region, endpoint } = target;
  const clientConfig = {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
  };
  const tables = { table, ledgerTable };
  if (target.create) await createTables(clientConfig, tables);
  else await lookAtTables(clientConfig, tables);
  return {
    ...tables,
    clientConfig,
    description: `DynamoDB table '${table}' at ${endpoint ?? region ?? 'the region configured'}`,
    close: (ledgerId) => removeHead(clientConfig, ledgerTable, ledgerId),
  };
}

interface TableNames {
  readonly table: string;
  readonly ledgerTable: string;
}

async function createTables(clientConfig: object, { table, ledgerTable }: TableNames) {
  await using holdfast = new Holdfast({ table, clientConfig });
  await holdfast.createTable();
  const client = new DynamoDBClient(clientConfig);
  try {
    await client.send(
      new CreateTableCommand({
        TableName: ledgerTable,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const waiting = { client, minDelay: 1, maxDelay: 2, maxWaitTime: 60 };
  await waitUntilTableExists(waiting, { TableName: ledgerTable });
  client.destroy();
}

/** One read of each, so that a wrong name is told before eight processes stumble over it. */
async function lookAtTables(clientConfig: object, { table, ledgerTable }: TableNames) {
  await using holdfast = new Holdfast({ table, clientConfig });
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig));
  try {
    await holdfast.election('leader').leader();
    await client.send(new GetCommand({ TableName: ledgerTable, Key: { id: 'none' } }));
  } catch (error) {
    const isMissing =
      isHoldfastError(error, 'table-missing') || error instanceof ResourceNotFoundException;
    if (!isMissing) throw error;
    const message = `there is no table '${table}', or no '${ledgerTable}'; --create creates both`;
    throw new Error(message, { cause: error });
  } finally {
    client.destroy();
  }
}

async function removeHead(clientConfig: object, ledgerTable: string, ledgerId: string) {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig));
  await client.send(new DeleteCommand({ TableName: ledgerTable, Key: { id: ledgerId } }));
  client.destroy();
}
