import { Duration, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  type Function as LambdaFunction,
  RecursiveLoop,
} from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SENTINEL_VARIABLE } from '../functions/sentinel/settings.ts';
import { createFunction } from './function.ts';
import { chainsStatement, groupsStatement } from './grants.ts';

export interface SentinelProps {
  readonly table: TableV2;
  /** From one look after a group to the next. */
  readonly intervalSeconds: number;
  readonly logRetention: RetentionDays | undefined;
  readonly tracing: boolean;
}

/**
 * Longer than the function may run. AWS advises six times that, so that a message which finds the
 * function throttled is not counted as failed; here a message that comes too often is harmless,
 * and one that comes late is not.
 */
const VISIBILITY = Duration.seconds(60);

/** The function that finds the dead of groups which nobody watches, its queue and its schedule. */
export class Sentinel extends Construct {
  readonly handler: LambdaFunction;
  readonly queue: Queue;
  /** Messages that failed time and again. */
  readonly deadLetters: Queue;
  readonly intervalSeconds: number;

  constructor(scope: Construct, id: string, props: SentinelProps) {
    super(scope, id);
    const { table, intervalSeconds, logRetention, tracing } = props;
    this.intervalSeconds = intervalSeconds;
    const secured = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...secured,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead letter queue of the sentinel.',
    });
    this.queue = new Queue(this, 'Queue', {
      ...secured,
      visibilityTimeout: VISIBILITY,
      // The schedule begins anew what has been waiting for so long.
      retentionPeriod: Duration.days(1),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    const { handler, role } = createFunction(this, {
      name: 'sentinel',
      description: "Finds the dead members of Holdfast's groups that nobody watches",
      environment: {
        [SENTINEL_VARIABLE.table]: table.tableName,
        [SENTINEL_VARIABLE.queueUrl]: this.queue.queueUrl,
        [SENTINEL_VARIABLE.intervalSeconds]: `${intervalSeconds}`,
      },
      logRetention,
      tracing,
      // Each message sends the next one. Lambda takes that for a mistake after sixteen of them,
      // and stops it, unless it is told that it is meant.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    this.handler = handler;
    this.#grant(table, role);
    this.#mapQueue(role);
    new Rule(this, 'Hourly', {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaTarget(handler, { retryAttempts: 2, maxEventAge: Duration.minutes(30) })],
    });
  }

  #grant(table: TableV2, role: Role): void {
    for (const { actions, resources, conditions } of [
      groupsStatement(table),
      chainsStatement(table),
    ]) {
      Grant.addToPrincipal({ grantee: role, actions, resourceArns: resources, conditions });
    }
    this.queue.grantSendMessages(role);
    this.queue.grantConsumeMessages(role);
  }

  #mapQueue(role: Role): void {
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: this.handler,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      // Groups are many and looks are short: without a bound they would take the account's
      // concurrency when all are due at once.
      maxConcurrency: 10,
    });
    // Lambda checks the role's permissions when the mapping is created.
    mapping.node.addDependency(role);
  }
}
