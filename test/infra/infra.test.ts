import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STREAM_FILTERS } from '../../functions/fanout/filters.ts';
import type { HoldfastProps, Holdfast as Provisioned } from '../../infra/index.ts';
import { config } from '../../lib/config/index.ts';
import { ENGINES, useEngine } from '../conformance/engines.ts';
import { describeFilters } from './filter-cases.ts';
import { isAllowed, statementsOf, textOf } from './policy.ts';
import { describeProps, GUARDED, PUSH } from './props-cases.ts';
import { describeSentinel } from './sentinel-cases.ts';
import {
  environmentOf,
  mappingIn,
  mappingOf,
  only,
  runStack,
  type StackTemplate,
} from './stack-runner.ts';
import { removeOutputs, type Synthesized, synthesize } from './synthesize.ts';

// AWS's rules and the CDK's own take seconds, and tens of them where the machine is shared.
const SLOW = { timeout: 120_000 };

/** Everything that can be asked for. */
function everything(stack: Stack): HoldfastProps {
  return {
    ...{ tableName: 'coordination', removalPolicy: RemovalPolicy.DESTROY, tracing: true },
    ...{ maxReadUnits: 500, maxWriteUnits: 200, deletionProtection: false },
    ...{
      memberMetadata: true,
      sentinel: { intervalSeconds: 60 },
      push: { ...PUSH, topicRoot: 'photos' },
    },
    eventBus: EventBus.fromEventBusName(stack, 'Given', 'shared'),
    alarms: { topic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:1:ops') },
    guardedRollouts: [GUARDED],
  };
}

let standard: Synthesized;
let full: Synthesized;
beforeAll(async () => {
  standard = await synthesize();
  // Throws what AWS's solutions rules object to.
  full = await synthesize({ props: everything, nag: true, defaultRules: true });
}, SLOW.timeout);
afterAll(removeOutputs);

function resources(template: StackTemplate, type: string) {
  return Object.values(template.Resources).filter((resource) => resource.Type === type);
}

describe('the stack', SLOW, () => {
  test('keeps the table, and all that was in it within five weeks', () => {
    const { Properties, ...rest } = only(standard.template, 'AWS::DynamoDB::GlobalTable');
    expect(rest).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    expect(Properties.Replicas).toEqual([
      {
        Region: { Ref: 'AWS::Region' },
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: true,
          RecoveryPeriodInDays: 35,
        },
      },
    ]);
  });

  test('feeds the function by the filters that are tested, from the oldest change on', () => {
    const mapping = mappingIn(standard.template, 'FanOut');
    const filters = Object.values(STREAM_FILTERS);
    expect(mappingOf(standard.template)).toEqual({
      filters: JSON.parse(JSON.stringify(filters)),
      ...{ batchSize: 100, batchWindowMs: 0, parallelizationFactor: 1 },
      ...{ reportsItemFailures: true, bisectsOnError: true, retryAttempts: 5 },
      ...{ maxRecordAgeMs: 300_000, startingPosition: 'trim-horizon' },
    });
    expect(mapping.DestinationConfig.OnFailure).toBeDefined();
    expect(mapping.MetricsConfig).toEqual({ Metrics: ['EventCount'] });
  });

  test('lets the function do its work and nothing else', () => {
    const statements = statementsOf(standard.template, 'HoldfastFanOut');
    const allowed = statements.flatMap(({ Action, Resource }) =>
      [Action].flat().map((action) => `${action} ${textOf(Resource).replace(/[A-F0-9]{8}/, '')}`),
    );
    expect(allowed.sort()).toEqual([
      'dynamodb:DescribeStream <HoldfastTable.StreamArn>',
      'dynamodb:GetRecords <HoldfastTable.StreamArn>',
      'dynamodb:GetShardIterator <HoldfastTable.StreamArn>',
      'dynamodb:ListStreams *',
      'events:PutEvents <HoldfastBus.Arn>',
      'logs:CreateLogStream <HoldfastFanOutLogs.Arn>',
      'logs:PutLogEvents <HoldfastFanOutLogs.Arn>',
      'sqs:GetQueueAttributes <HoldfastFanOutFailures.Arn>',
      'sqs:GetQueueAttributes <HoldfastSentinelQueue.Arn>',
      'sqs:GetQueueUrl <HoldfastFanOutFailures.Arn>',
      'sqs:GetQueueUrl <HoldfastSentinelQueue.Arn>',
      'sqs:SendMessage <HoldfastFanOutFailures.Arn>',
      'sqs:SendMessage <HoldfastSentinelQueue.Arn>',
    ]);
  });

  test('is the same each time, and as it was when somebody last looked at it', async () => {
    expect((await synthesize()).template).toEqual(standard.template);
    // The function's hash changes with every dependency.
    const text = JSON.stringify(standard.template, undefined, 2).replace(/[a-f0-9]{64}/g, 'HASH');
    await expect(`${text}\n`).toMatchFileSnapshot('template.json.snap');
  });

  test('is smaller when parts are switched off', async () => {
    const off = { fanOut: false, alarms: false, dashboard: false } as const;
    const props = { ...off, pointInTimeRecoveryDays: false } as const;
    const { template } = await synthesize({ props });
    expect(Object.values(template.Resources).map(({ Type }) => Type)).toEqual([
      'AWS::DynamoDB::GlobalTable',
    ]);
    const [replica] = only(template, 'AWS::DynamoDB::GlobalTable').Properties.Replicas;
    expect(replica.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled).toBe(false);
  });

  test('is what its properties say', () => {
    const { template } = full;
    const table = only(template, 'AWS::DynamoDB::GlobalTable');
    expect(table).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: {
        TableName: 'coordination',
        WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 200 },
      },
    });
    expect(resources(template, 'AWS::Events::EventBus')).toEqual([]);
    expect(environmentOf(template, 'FanOut')).toEqual({
      HOLDFAST_EVENT_BUS_NAME: 'shared',
      HOLDFAST_MEMBER_METADATA: 'true',
      HOLDFAST_PUSH_ENDPOINT: PUSH.endpoint,
      HOLDFAST_PUSH_TOPIC_ROOT: 'photos',
      HOLDFAST_SENTINEL_QUEUE_URL: expect.stringMatching(/^HoldfastSentinelQueue/),
    });
    const alarms = resources(template, 'AWS::CloudWatch::Alarm');
    expect(alarms).toHaveLength(10);
    for (const { Properties } of alarms) {
      expect(Properties.AlarmActions).toEqual(['arn:aws:sns:eu-west-1:1:ops']);
      expect(Properties.TreatMissingData).toBe('notBreaching');
    }
  });

  test('shows what its alarms watch on one dashboard', () => {
    const { Properties } = only(standard.template, 'AWS::CloudWatch::Dashboard');
    const body = textOf(Properties.DashboardBody);
    expect(JSON.parse(body).widgets.length).toBeGreaterThan(0);
    const alarms = resources(standard.template, 'AWS::CloudWatch::Alarm');
    const watched = alarms.map((alarm) => alarm.Properties.MetricName as string);
    expect(watched.filter((metric) => !body.includes(`"${metric}"`))).toEqual([]);
  });

  test('is judged by rules that object to what they should', async () => {
    const extend = (_: Provisioned, stack: Stack) => void new Queue(stack, 'Unencrypted');
    const props = { fanOut: false, alarms: false, dashboard: false };
    await expect(synthesize({ props, extend, nag: true })).rejects.toThrow('AwsSolutions-SQS4');
  });
});

describe('a grant', SLOW, () => {
  type Ask = (action: string, keys?: readonly string[], to?: string) => boolean;
  let asking: (role: string) => Ask;

  function roleIn(stack: Stack, name: string): Role {
    return new Role(stack, name, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  }

  function asksOf(template: StackTemplate, role: string): Ask {
    const table = `<${only(template, 'AWS::DynamoDB::GlobalTable').id}.Arn>`;
    const statements = statementsOf(template, role);
    return (action, keys, to = table) => {
      const context = keys === undefined ? {} : { 'dynamodb:LeadingKeys': keys };
      return isAllowed(statements, { action, resource: to, context });
    };
  }

  beforeAll(async () => {
    const { template } = await synthesize({
      props: { push: PUSH },
      extend: (holdfast, stack) => {
        holdfast.grantClient(roleIn(stack, 'Client'), { namespaces: ['photos', 'videos'] });
        holdfast.grantReader(roleIn(stack, 'Reader'), { namespaces: ['photos'] });
        holdfast.grantOperator(roleIn(stack, 'Operator'));
        holdfast.grantPush(roleIn(stack, 'Watcher'), { namespaces: ['photos'] });
      },
    });
    asking = (role) => asksOf(template, role);
  });

  test('for clients ends at their namespaces', () => {
    const may = asking('Client');
    for (const action of ['GetItem', 'Query', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem']) {
      expect(may(`dynamodb:${action}`, ['photos#lock#door'])).toBe(true);
      expect(may(`dynamodb:${action}`, ['photos#lock#a', 'videos#lock#b'])).toBe(true);
      expect(may(`dynamodb:${action}`, ['music#lock#door'])).toBe(false);
      expect(may(`dynamodb:${action}`, ['photos2#lock#door'])).toBe(false);
      expect(may(`dynamodb:${action}`, ['photos#lock#a', 'music#lock#b'])).toBe(false);
      expect(may(`dynamodb:${action}`)).toBe(false);
    }
    expect(may('dynamodb:Scan', ['photos#lock#door'])).toBe(false);
    expect(may('dynamodb:DeleteTable')).toBe(false);
    expect(may('dynamodb:GetRecords')).toBe(false);
    expect(may('dynamodb:GetItem', ['photos#lock#door'], '<Another.Arn>')).toBe(false);
  });

  test('for readers lets nothing be written', () => {
    const may = asking('Reader');
    expect(may('dynamodb:GetItem', ['photos#config#limits'])).toBe(true);
    expect(may('dynamodb:UpdateItem', ['photos#config#limits'])).toBe(false);
    expect(may('dynamodb:Scan')).toBe(false);
  });

  test('for operators reaches every namespace, row by row', () => {
    const may = asking('Operator');
    expect(may('dynamodb:UpdateItem', ['photos#config#limits'])).toBe(true);
    expect(may('dynamodb:DescribeTable')).toBe(true);
    expect(may('dynamodb:Scan')).toBe(false);
  });

  const iot = 'arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:';
  test('for watchers ends at the topics of their namespaces', () => {
    const may = asking('Watcher');
    const ask = (action: string, to: string) => may(`iot:${action}`, undefined, iot + to);
    expect(ask('Connect', 'client/holdfast-7')).toBe(true);
    expect(ask('Subscribe', 'topicfilter/holdfast/photos/config/x')).toBe(true);
    expect(ask('Receive', 'topic/holdfast/photos/config/x')).toBe(true);
    expect(ask('Connect', 'client/other-7')).toBe(false);
    expect(ask('Subscribe', 'topicfilter/holdfast/music/config/x')).toBe(false);
    expect(ask('Publish', 'topic/holdfast/photos/config/x')).toBe(false);
  });

  test('for an alarm ends at the documents that it guards', () => {
    const { template } = full;
    const may = asksOf(template, 'HoldfastRolloutGuard');
    expect(may('dynamodb:UpdateItem', ['photos#config#limits'])).toBe(true);
    expect(may('dynamodb:UpdateItem', ['photos#config#limits2'])).toBe(false);
    expect(may('dynamodb:DeleteItem', ['photos#config#limits'])).toBe(false);
    expect(may('dynamodb:UpdateItem')).toBe(false);
    const [alarmed] = resources(template, 'AWS::Events::Rule').filter(
      ({ Properties }) => Properties.EventPattern !== undefined,
    );
    expect(alarmed?.Properties.EventPattern).toEqual({
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { alarmName: ['errors'], state: { value: ['ALARM'] } },
    });
    const { HOLDFAST_GUARDED_ROLLOUTS = '' } = environmentOf(template, 'RolloutGuard');
    expect(JSON.parse(HOLDFAST_GUARDED_ROLLOUTS)).toEqual([
      { alarm: 'errors', namespace: 'photos', name: 'limits' },
    ]);
  });

  test.each([[[]], [['a#b']], [['*']]])('is refused for the namespaces %j', async (namespaces) => {
    const extend = (holdfast: Provisioned, stack: Stack) =>
      void holdfast.grantClient(roleIn(stack, 'Client'), { namespaces });
    await expect(synthesize({ extend })).rejects.toThrow('namespaces: ');
  });
});

describeProps();
for (const cases of [describeSentinel, describeFilters]) cases(() => standard.template);

describe('what would be deployed', () => {
  const dynoxide = ENGINES.find(({ name }) => name === 'dynoxide');
  if (dynoxide === undefined) throw new Error('dynoxide is one of the engines');
  const running = useEngine(dynoxide);

  test('takes a change from its table to its bus', async (context) => {
    if (dynoxide.unavailable !== undefined) context.skip(dynoxide.unavailable);
    const events = await runStack(standard, running().client ?? {}, async (holdfast) => {
      await config<{ readonly limit: number }>(holdfast, 'limits').publish({ limit: 5 });
      await holdfast.lock('door').using(async () => {});
    });
    expect(events.map(({ type, detail }) => `${type} ${detail.name}`)).toEqual([
      'config.changed limits',
      'lock.released door',
    ]);
  });
});
