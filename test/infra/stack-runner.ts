import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { handler as fanOutHandler } from '../../functions/fanout/handler.ts';
import type { StreamEvent } from '../../functions/fanout/stream-record.ts';
import type { handler as garbageHandler } from '../../functions/garbage/handler.ts';
import { Holdfast } from '../../lib/index.ts';
import {
  type EventPattern,
  type EventSourceMapping,
  openDynamoStream,
  StreamBridge,
} from '../../lib/local/index.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import type { Item, Key } from '../../lib/store/value.ts';
import { type BusEvent, startEventBridge } from '../functions/event-bridge-stub.ts';
import { loadHandlerAt } from '../functions/load-handler.ts';

/** A template of CloudFormation, as far as it is looked at. */
export interface StackTemplate {
  readonly Resources: Readonly<Record<string, StackResource>>;
}

export interface StackResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties have no types.
  readonly Properties: any;
}

/** The one resource of a type. */
export function only(
  template: StackTemplate,
  type: string,
): StackResource & { readonly id: string } {
  const found = Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  const [[id, resource] = []] = found;
  if (found.length !== 1 || id === undefined || resource === undefined) {
    throw new Error(`the stack has ${found.length} of ${type}`);
  }
  return { id, ...resource };
}

/** Creates the table of the template on an engine, and says its name. */
async function createTableOf(
  template: StackTemplate,
  config: DynamoDBClientConfig,
): Promise<string> {
  const { Properties, id } = only(template, 'AWS::DynamoDB::GlobalTable');
  const client = new DynamoDBClient(config);
  const { AttributeDefinitions, KeySchema, BillingMode, StreamSpecification } = Properties;
  await client.send(
    new CreateTableCommand({
      ...{ TableName: id, AttributeDefinitions, KeySchema, BillingMode },
      StreamSpecification: { ...StreamSpecification, StreamEnabled: true },
    }),
  );
  client.destroy();
  return id;
}

/** The event source mapping of one of the functions. */
export function mappingIn(template: StackTemplate, part: string): StackResource['Properties'] {
  const [mapping] = Object.entries(template.Resources).filter(
    ([id, { Type }]) =>
      Type === 'AWS::Lambda::EventSourceMapping' && id.startsWith(`Holdfast${part}`),
  );
  if (mapping === undefined) throw new Error(`the stack has no mapping of ${part}`);
  return mapping[1].Properties;
}

/** What a bridge is to do, read off the event source mapping that would be deployed. */
export function mappingOf(template: StackTemplate): EventSourceMapping {
  const mapping = mappingIn(template, 'FanOut');
  const patterns = mapping.FilterCriteria.Filters as readonly { readonly Pattern: string }[];
  return {
    filters: patterns.map(({ Pattern }) => JSON.parse(Pattern) as EventPattern),
    batchSize: mapping.BatchSize,
    batchWindowMs: (mapping.MaximumBatchingWindowInSeconds ?? 0) * 1_000,
    parallelizationFactor: mapping.ParallelizationFactor ?? 1,
    reportsItemFailures: mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures'),
    bisectsOnError: mapping.BisectBatchOnFunctionError,
    retryAttempts: mapping.MaximumRetryAttempts,
    maxRecordAgeMs: mapping.MaximumRecordAgeInSeconds * 1_000,
    startingPosition: mapping.StartingPosition === 'LATEST' ? 'latest' : 'trim-horizon',
  };
}

/** The function of a part of the construct. */
export function functionOf(template: StackTemplate, part: string): StackResource {
  const [handler] = Object.entries(template.Resources).filter(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(`Holdfast${part}`),
  );
  if (handler === undefined) throw new Error(`the stack has no function of ${part}`);
  return handler[1];
}

/** A function's environment, with the logical ids of resources in place of their names. */
export function environmentOf(template: StackTemplate, part: string): Record<string, string> {
  const variables = Object.entries(
    functionOf(template, part).Properties.Environment.Variables as object,
  );
  return Object.fromEntries(
    variables.map(([name, value]) => [name, typeof value === 'string' ? value : value.Ref]),
  );
}

/** What is tested of a stack: its template, and the code of its functions. */
interface Deployed {
  readonly template: StackTemplate;
  readonly handlerPathOf: (part: string) => string;
}

/**
 * What the bus is told when `write` changes the table: the template's table on an engine, the
 * function's asset in its environment, and a bridge by the event source mapping between them.
 */
export async function runStack(
  { template, handlerPathOf }: Deployed,
  clientConfig: DynamoDBClientConfig,
  write: (holdfast: Holdfast) => Promise<void>,
): Promise<readonly BusEvent[]> {
  const table = await createTableOf(template, clientConfig);
  const variables = environmentOf(template, 'FanOut');
  await using bus = await startEventBridge(variables.HOLDFAST_EVENT_BUS_NAME ?? '');
  const handler = await loadHandlerAt<typeof fanOutHandler>(handlerPathOf('FanOut'), {
    ...variables,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    // Nobody joins here, so nothing is sent there.
    HOLDFAST_SENTINEL_QUEUE_URL: `https://${variables.HOLDFAST_SENTINEL_QUEUE_URL}`,
  });
  const source = await openDynamoStream(clientConfig, table);
  await using bridge = new StreamBridge({
    source,
    invoke: (event) => handler(event as unknown as StreamEvent),
    mapping: mappingOf(template),
    pollMs: 5,
  });
  await using holdfast = new Holdfast({ table, clientConfig, namespace: 'photos' });
  await write(holdfast);
  await bridge.settled();
  source.close();
  return bus.events;
}

/**
 * What the garbage sweep leaves of `rows`: the template's table on an engine, and the function's
 * asset in its environment.
 */
export async function runGarbageSweep(
  { template, handlerPathOf }: Deployed,
  clientConfig: DynamoDBClientConfig,
  rows: readonly (Item & Key)[],
): Promise<readonly Item[]> {
  const table = await createTableOf(template, clientConfig);
  const store = new DynamoStore({ table, client: clientConfig });
  for (const item of rows) await store.write({ kind: 'put', item });
  const handler = await loadHandlerAt<typeof garbageHandler>(handlerPathOf('GarbageSweep'), {
    ...environmentOf(template, 'GarbageSweep'),
    AWS_ENDPOINT_URL_DYNAMODB: String(clientConfig.endpoint),
  });
  await handler({}, { getRemainingTimeInMillis: () => 60_000 });
  const reads = rows.map(({ pk, sk }) => store.get({ key: { pk, sk }, consistent: true }));
  const left = (await Promise.all(reads)).flatMap((read) =>
    read.kind === 'found' ? [read.item] : [],
  );
  store.close();
  return left;
}
