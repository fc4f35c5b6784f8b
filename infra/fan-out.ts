import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  type Function as LambdaFunction,
  MetricType,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { STREAM_FILTERS } from '../functions/fanout/filters.ts';
import { FAN_OUT_VARIABLE } from '../functions/fanout/settings.ts';
import { DEFAULT_TOPIC_ROOT } from '../lib/mqtt/topic.ts';
import { createFunction } from './function.ts';
import type { Bus, PushProps } from './props.ts';

export interface FanOutProps {
  readonly table: TableV2;
  readonly eventBus: Bus;
  readonly push: PushProps | undefined;
  readonly memberMetadata: boolean;
  /** Where the sentinel hears of joins; none when it is off. */
  readonly sentinelQueue: Queue | undefined;
  readonly logRetention: RetentionDays | undefined;
  readonly tracing: boolean;
}

/** The function on the table's stream, and what feeds it. */
export class FanOut extends Construct {
  readonly handler: LambdaFunction;
  readonly mapping: EventSourceMapping;
  /** What is known of changes that could not be told in time. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: FanOutProps) {
    super(scope, id);
    const { handler, role } = createFunction(this, {
      name: 'fanout',
      description: "Tells the changes of Holdfast's table to the event bus and to watchers",
      environment: environmentOf(props),
      logRetention: props.logRetention,
      tracing: props.tracing,
    });
    this.handler = handler;
    this.failures = new Queue(this, 'Failures', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledgeQueue(this.failures);
    this.mapping = this.#mapStream(props.table, role);
    props.eventBus.grantPutEventsTo(role);
    if (props.push !== undefined) grantPublish(role, props.push);
    props.sentinelQueue?.grantSendMessages(role);
  }

  #mapStream(table: TableV2, role: Role): EventSourceMapping {
    const stream = table.tableStreamArn;
    if (stream === undefined) throw new Error('the table has no stream');
    role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        resources: [stream],
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }));
    acknowledgeRole(role);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: this.handler,
      eventSourceArn: stream,
      // From the latest on, changes that are made while the mapping is created would be missed.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: 5,
      // Nobody wants older news: watchers have polled by then.
      maxRecordAge: Duration.minutes(5),
      onFailure: new SqsDlq(this.failures),
      filters: Object.values(STREAM_FILTERS).map((filter) => FilterCriteria.filter({ ...filter })),
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    });
    // Lambda checks the role's permissions when the mapping is created.
    mapping.node.addDependency(role);
    return mapping;
  }
}

function environmentOf(props: FanOutProps): Record<string, string> {
  const { eventBus, push, memberMetadata, sentinelQueue } = props;
  return {
    [FAN_OUT_VARIABLE.eventBusName]: eventBus.eventBusName,
    ...(memberMetadata && { [FAN_OUT_VARIABLE.memberMetadata]: 'true' }),
    ...(push && {
      [FAN_OUT_VARIABLE.pushEndpoint]: push.endpoint,
      [FAN_OUT_VARIABLE.pushTopicRoot]: push.topicRoot ?? DEFAULT_TOPIC_ROOT,
    }),
    ...(sentinelQueue && { [FAN_OUT_VARIABLE.sentinelQueueUrl]: sentinelQueue.queueUrl }),
  };
}

function grantPublish(role: Role, { topicRoot = DEFAULT_TOPIC_ROOT }: PushProps): void {
  const resourceName = `${topicRoot}/*`;
  const topics = Stack.of(role).formatArn({ service: 'iot', resource: 'topic', resourceName });
  role.addToPolicy(new PolicyStatement({ actions: ['iot:Publish'], resources: [topics] }));
  const shown = 'arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic';
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${shown}/${resourceName}]`,
    reason: 'The function tells of every namespace of the table, and of no other topics.',
  });
}

function acknowledgeQueue(queue: Queue): void {
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'This is the dead letter queue of the event source mapping.',
  });
}

function acknowledgeRole(role: Role): void {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'ListStreams has no resource type, and event source mappings ask for it.',
  });
}
