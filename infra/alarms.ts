import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { FanOut } from './fan-out.ts';
import type { AlarmProps } from './props.ts';

export interface AlarmsProps {
  readonly table: TableV2;
  readonly fanOut: FanOut | undefined;
  readonly notify: AlarmProps | undefined;
}

interface Watched {
  readonly id: string;
  readonly metric: IMetric;
  /** What it means, and what to do. */
  readonly description: string;
  /** Above how much. @default 0 */
  readonly threshold?: number;
  /** For how many minutes in a row. @default 1 */
  readonly minutes?: number;
}

const MINUTE = Duration.minutes(1);

/**
 * What somebody should look at. Not refused conditions and transaction conflicts: that is how
 * rivals meet, and it is normal.
 */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { table, fanOut, notify }: AlarmsProps) {
    super(scope, id);
    const watched = [...ofTable(table), ...(fanOut === undefined ? [] : ofFanOut(fanOut))];
    for (const { id: name, metric, description, threshold = 0, minutes = 1 } of watched) {
      const alarm = new Alarm(this, name, {
        metric,
        alarmDescription: description,
        threshold,
        evaluationPeriods: minutes,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      if (notify !== undefined) alarm.addAlarmAction(new SnsAction(notify.topic));
    }
  }
}

function ofTable(table: TableV2): Watched[] {
  const throttled = 'Leases may run out. See "throttled" in docs/operations.md.';
  const events = (metricName: string) =>
    table.metric(metricName, { statistic: Stats.SUM, period: MINUTE });
  return [
    {
      id: 'ReadsThrottled',
      metric: events('ReadThrottleEvents'),
      description: `Reads of the table are throttled. ${throttled}`,
      minutes: 3,
    },
    {
      id: 'WritesThrottled',
      metric: events('WriteThrottleEvents'),
      description: `Writes to the table are throttled. ${throttled}`,
      minutes: 3,
    },
  ];
}

function ofFanOut({ handler, mapping, failures }: FanOut): Watched[] {
  const sum = { statistic: Stats.SUM, period: MINUTE };
  const ofMapping = (metricName: string) =>
    new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
      ...sum,
    });
  return [
    {
      id: 'Lag',
      metric: handler.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
      description: 'Changes are told a minute late or later. Watchers go by their polls.',
      threshold: 60_000,
      minutes: 3,
    },
    {
      id: 'Errors',
      metric: handler.metricErrors(sum),
      description: 'The fan-out function fails. Its log says why.',
      minutes: 3,
    },
    {
      id: 'Throttled',
      metric: handler.metricThrottles(sum),
      description:
        'The fan-out function is not given a place to run in: see the concurrency limit.',
      minutes: 3,
    },
    {
      id: 'Dropped',
      metric: ofMapping('DroppedEventCount'),
      description: 'Changes were given up without a trace.',
    },
    {
      id: 'GivenUp',
      metric: ofMapping('OnFailureDestinationDeliveredEventCount'),
      description: 'Changes were given up. The failures queue says where in the stream they are.',
    },
    {
      id: 'Failures',
      metric: failures.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: MINUTE,
      }),
      description: 'The failures queue waits for somebody to look at it.',
    },
  ];
}
