import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { FanOut } from './fan-out.ts';
import type { GarbageSweep } from './garbage-sweep.ts';
import { garbageMetric, MAXIMUM, mappingCount, SUM, tableCount } from './metrics.ts';
import type { AlarmProps } from './props.ts';
import type { Sentinel } from './sentinel.ts';

export interface AlarmsProps {
  readonly table: TableV2;
  readonly fanOut: FanOut | undefined;
  readonly garbageSweep: GarbageSweep | undefined;
  readonly sentinel: Sentinel | undefined;
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

/**
 * What somebody should look at. Not refused conditions and transaction conflicts: that is how
 * rivals meet, and it is normal.
 */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { table, fanOut, sentinel, garbageSweep, notify } = props;
    const watched = [
      ...ofTable(table),
      ...(fanOut === undefined ? [] : ofFanOut(fanOut)),
      ...(sentinel === undefined ? [] : ofSentinel(sentinel)),
      ...(garbageSweep === undefined ? [] : ofGarbageSweep(table, garbageSweep)),
    ];
    this.all = watched.map(({ id: name, metric, description, threshold = 0, minutes = 1 }) => {
      const alarm = new Alarm(this, name, {
        metric,
        alarmDescription: description,
        threshold,
        evaluationPeriods: minutes,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      if (notify !== undefined) alarm.addAlarmAction(new SnsAction(notify.topic));
      return alarm;
    });
  }
}

function ofTable(table: TableV2): Watched[] {
  const throttled = 'Leases may run out. See "throttled" in docs/operations.md.';
  return [
    {
      id: 'ReadsThrottled',
      metric: tableCount(table, 'ReadThrottleEvents'),
      description: `Reads of the table are throttled. ${throttled}`,
      minutes: 3,
    },
    {
      id: 'WritesThrottled',
      metric: tableCount(table, 'WriteThrottleEvents'),
      description: `Writes to the table are throttled. ${throttled}`,
      minutes: 3,
    },
  ];
}

function ofFanOut({ handler, mapping, failures }: FanOut): Watched[] {
  return [
    {
      id: 'Lag',
      metric: handler.metric('IteratorAge', MAXIMUM),
      description: 'Changes are told a minute late or later. Watchers go by their polls.',
      threshold: 60_000,
      minutes: 3,
    },
    {
      id: 'Errors',
      metric: handler.metricErrors(SUM),
      description: 'The fan-out function fails. Its log says why.',
      minutes: 3,
    },
    {
      id: 'Throttled',
      metric: handler.metricThrottles(SUM),
      description:
        'The fan-out function is not given a place to run in: see the concurrency limit.',
      minutes: 3,
    },
    {
      id: 'Dropped',
      metric: mappingCount(mapping, 'DroppedEventCount'),
      description: 'Changes were given up without a trace.',
    },
    {
      id: 'GivenUp',
      metric: mappingCount(mapping, 'OnFailureDestinationDeliveredEventCount'),
      description: 'Changes were given up. The failures queue says where in the stream they are.',
    },
    {
      id: 'Failures',
      metric: failures.metricApproximateNumberOfMessagesVisible(MAXIMUM),
      description: 'The failures queue waits for somebody to look at it.',
    },
  ];
}

/** A pass over a table takes minutes; of the largest, days. */
const PASS_SECONDS_MAX = 3 * 86_400;

function ofGarbageSweep(table: TableV2, { handler }: GarbageSweep): Watched[] {
  return [
    {
      id: 'GarbageErrors',
      metric: handler.metricErrors(SUM),
      description: 'The garbage sweep fails, so the table grows. Its log says why.',
    },
    {
      id: 'GarbageBehind',
      metric: garbageMetric(table, 'passAge'),
      description: 'The garbage sweep takes more than three days to get through the table.',
      threshold: PASS_SECONDS_MAX,
    },
  ];
}

function ofSentinel({ queue, deadLetters, intervalSeconds }: Sentinel): Watched[] {
  return [
    {
      id: 'SentinelDeadLetters',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible(MAXIMUM),
      description: 'Some groups cannot be looked after. The messages say which, the log says why.',
    },
    {
      id: 'SentinelLag',
      metric: queue.metricApproximateAgeOfOldestMessage(MAXIMUM),
      description: 'Groups are looked after late: dead members stay in them for longer.',
      // A link is held back for an interval, which counts towards its age.
      threshold: intervalSeconds + 300,
      minutes: 3,
    },
  ];
}
