import { App, CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Holdfast } from './holdfast.ts';

/**
 * `npx cdk deploy`: the construct with its defaults in a stack of its own. Context changes it:
 * `-c stack=<name>`, `-c pushEndpoint=<host>`, `-c temporary=true` for one that is meant to be
 * destroyed together with its data, and `-c emulator=moto` for `npm run deploy:check`.
 */
const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name) || undefined;

const stack = new Stack(app, context('stack') ?? 'Holdfast', {
  description: 'Coordination on one DynamoDB table: locks, elections, configuration, membership',
});
const endpoint = context('pushEndpoint');
const holdfast = new Holdfast(stack, 'Holdfast', {
  ...(endpoint !== undefined && { push: { endpoint } }),
  ...(context('temporary') === 'true' && {
    removalPolicy: RemovalPolicy.DESTROY,
    deletionProtection: false,
  }),
});

// moto knows no `AWS::DynamoDB::GlobalTable`. In a single region, what is left of one is a table.
if (context('emulator') === 'moto') {
  const table = holdfast.table.node.defaultChild as CfnGlobalTable;
  table.addOverride('Type', 'AWS::DynamoDB::Table');
  table.addPropertyDeletionOverride('Replicas');
}

new CfnOutput(stack, 'TableName', { value: holdfast.table.tableName });
if (holdfast.eventBus !== undefined) {
  new CfnOutput(stack, 'EventBusName', { value: holdfast.eventBus.eventBusName });
}

Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
