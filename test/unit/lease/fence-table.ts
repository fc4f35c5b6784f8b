import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type LocalTable, startLocalTable } from '../../../lib/local/index.ts';

type Row = Record<string, unknown>;

/** A table of the user's own, on a real engine, written through the user's own client. */
export class FenceTable implements AsyncDisposable {
  readonly TableName = 'albums';
  readonly #local: LocalTable;
  readonly #client: DynamoDBClient;
  readonly #documents: DynamoDBDocumentClient;
  #keys = 0;

  /** For other clients of the same engine. */
  get clientConfig(): LocalTable['clientConfig'] {
    return this.#local.clientConfig;
  }

  private constructor(local: LocalTable) {
    this.#local = local;
    this.#client = new DynamoDBClient({ ...local.clientConfig, maxAttempts: 1 });
    this.#documents = DynamoDBDocumentClient.from(this.#client);
  }

  static async start(): Promise<FenceTable> {
    const table = new FenceTable(await startLocalTable());
    await table.#client.send(
      new CreateTableCommand({
        TableName: table.TableName,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    return table;
  }

  /** The key of an item that no other test writes. */
  nextKey(): { id: string } {
    this.#keys += 1;
    return { id: `item ${this.#keys}` };
  }

  async put(Item: Row): Promise<void> {
    await this.#documents.send(new PutCommand({ TableName: this.TableName, Item }));
  }

  async get(Key: Row): Promise<Row | undefined> {
    const { TableName } = this;
    const { Item } = await this.#documents.send(new GetCommand({ TableName, Key }));
    return Item;
  }

  /** Whether the engine applied the write; errors other than a refusal are thrown. */
  async update(input: UpdateCommandInput): Promise<boolean> {
    return applied(this.#documents.send(new UpdateCommand(input)));
  }

  async replace(input: PutCommandInput): Promise<boolean> {
    return applied(this.#documents.send(new PutCommand(input)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
    await this.#local.stop();
  }
}

async function applied(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
