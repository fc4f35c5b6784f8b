import { App, CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Holdfast } from './holdfast.ts';
import type { HoldfastProps } from './props.ts';

/**
 * `npx cdk deploy`: the construct with its defaults in a stack of its own. Context changes it:
 * `-c stack=<name>`, `-c pushEndpoint=<host>`, `-c multiRegion=strong` with `-c replicas=<a>,<b>`
 * and `-c witness=<c>` where they must be chosen, `-c temporary=true` for one that is meant to be
 * destroyed together with its data, and `-c emulator=moto` for `npm run deploy:check`.
 */
const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name) || undefined;

const props = propsOfContext();
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
const stack = new Stack(app, context('stack') ?? 'Holdfast', {
  description: 'Coordination on one DynamoDB table: locks, elections, configuration, membership',
  // Which regions are near is known only of a stack that is tied to one.
  ...(props.multiRegion !== undefined &&
    region && { env: { region, ...(account && { account }) } }),
});
const holdfast = new Holdfast(stack, 'Holdfast', props);
if (context('emulator') === 'moto') simplifyForMoto(holdfast);

new CfnOutput(stack, 'TableName', { value: holdfast.table.tableName });
if (holdfast.eventBus !== undefined) {
  new CfnOutput(stack, 'EventBusName', { value: holdfast.eventBus.eventBusName });
}

Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

function propsOfContext(): HoldfastProps {
  const endpoint = context('pushEndpoint');
  const [multiRegion, replicas, witness] = ['multiRegion', 'replicas', 'witness'].map(context);
  return {
    ...(endpoint !== undefined && { push: { endpoint } }),
    // What is not one of the values is refused by the construct, in words.
    ...(multiRegion !== undefined && { multiRegion: multiRegion as 'strong' }),
    ...(replicas !== undefined && { replicas: replicas.split(',') }),
    ...(witness !== undefined && { witness }),
    // moto leaves alarms out, and then misses them where the dashboard shows them.
    ...(context('emulator') === 'moto' && { alarms: false }),
    ...(context('temporary') === 'true' && {
      removalPolicy: RemovalPolicy.DESTROY,
      deletionProtection: false,
    }),
  };
}

/** moto has no `AWS::DynamoDB::GlobalTable`: what is left of one in its own region is a table. */
function simplifyForMoto({ table }: Holdfast): void {
  const resource = table.node.defaultChild as CfnGlobalTable;
  resource.addOverride('Type', 'AWS::DynamoDB::Table');
  for (const property of ['Replicas', 'GlobalTableWitnesses', 'MultiRegionConsistency']) {
    resource.addPropertyDeletionOverride(property);
  }
}
