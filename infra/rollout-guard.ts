import { Duration, Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ROLLOUT_VARIABLE } from '../functions/rollout/settings.ts';
import { createFunction } from './function.ts';
import { documentStatement } from './grants.ts';
import type { GuardedRollout } from './props.ts';

export interface RolloutGuardProps {
  readonly table: TableV2;
  readonly guarded: readonly GuardedRollout[];
  readonly logRetention: RetentionDays | undefined;
  readonly tracing: boolean;
}

/** The function that ends rollouts when alarms go off, and the rule that calls it. */
export class RolloutGuard extends Construct {
  readonly handler: LambdaFunction;

  constructor(scope: Construct, id: string, props: RolloutGuardProps) {
    super(scope, id);
    const { table, guarded, logRetention, tracing } = props;
    const documents = guarded.map(({ alarm, namespace, name }) => ({
      ...{ alarm: alarm.alarmName, namespace, name },
    }));
    const { handler, role } = createFunction(this, {
      name: 'rollout',
      description: "Ends rollouts of Holdfast's documents when their alarms go off",
      environment: {
        [ROLLOUT_VARIABLE.table]: table.tableName,
        [ROLLOUT_VARIABLE.guarded]: Stack.of(this).toJsonString(documents),
      },
      logRetention,
      tracing,
    });
    this.handler = handler;
    const { actions, resources, conditions } = documentStatement(table, guarded);
    Grant.addToPrincipal({ grantee: role, actions, resourceArns: resources, conditions });
    new Rule(this, 'Alarms', {
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: {
          alarmName: [...new Set(documents.map(({ alarm }) => alarm))],
          state: { value: ['ALARM'] },
        },
      },
      // A later rollout must not end for an alarm of long ago.
      targets: [new LambdaTarget(handler, { maxEventAge: Duration.minutes(5) })],
    });
  }
}
