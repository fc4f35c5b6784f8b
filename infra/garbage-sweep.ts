import { Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { GARBAGE_VARIABLE } from '../functions/garbage/settings.ts';
import { GARBAGE_KEY } from '../lib/store/schema.ts';
import { createFunction } from './function.ts';
import { onlyPartitions } from './grants.ts';

export interface GarbageSweepProps {
  readonly table: TableV2;
  readonly maxReadUnits: number | undefined;
  readonly maxWriteUnits: number | undefined;
  readonly logRetention: RetentionDays | undefined;
  readonly tracing: boolean;
}

/** Reads and writes a second: some 190 MB of table an hour, if all of it has to be looked at. */
const UNITS_PER_SECOND = 100;

/** Of a table whose capacity is capped, the part that the sweep takes at most. */
const SHARE = 0.1;

/** The function that deletes garbage where DynamoDB does not, and the schedule that calls it. */
export class GarbageSweep extends Construct {
  readonly handler: LambdaFunction;

  constructor(scope: Construct, id: string, props: GarbageSweepProps) {
    super(scope, id);
    const { table, maxReadUnits = Infinity, maxWriteUnits = Infinity } = props;
    const units = Math.min(UNITS_PER_SECOND, maxReadUnits * SHARE, maxWriteUnits * SHARE);
    const { handler, role } = createFunction(this, {
      name: 'garbage',
      description: "Deletes expired rows of Holdfast's table, which has no time to live",
      environment: {
        [GARBAGE_VARIABLE.table]: table.tableName,
        [GARBAGE_VARIABLE.unitsPerSecond]: `${units}`,
      },
      timeout: Duration.minutes(5),
      logRetention: props.logRetention,
      tracing: props.tracing,
    });
    this.handler = handler;
    // The one role that may scan: garbage is in every namespace, and this is nobody's program.
    const sweeping = { actions: ['dynamodb:Scan', 'dynamodb:DeleteItem'] };
    role.addToPolicy(new PolicyStatement({ ...sweeping, resources: [table.tableArn] }));
    role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:UpdateItem'],
        resources: [table.tableArn],
        conditions: onlyPartitions([GARBAGE_KEY.pk]),
      }),
    );
    new Rule(this, 'Schedule', {
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaTarget(handler, { maxEventAge: Duration.minutes(30) })],
    });
  }
}
