import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventPattern, EventSourceMapping } from '../../lib/local/index.ts';

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
export async function createTableOf(
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

/** What a bridge is to do, read off the event source mapping that would be deployed. */
export function mappingOf(template: StackTemplate): EventSourceMapping {
  const { Properties: mapping } = only(template, 'AWS::Lambda::EventSourceMapping');
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

/** The function's environment, with the logical ids of resources in place of their names. */
export function environmentOf(template: StackTemplate): Record<string, string> {
  const { Properties } = only(template, 'AWS::Lambda::Function');
  const variables = Object.entries(Properties.Environment.Variables as object);
  return Object.fromEntries(
    variables.map(([name, value]) => [name, typeof value === 'string' ? value : value.Ref]),
  );
}
