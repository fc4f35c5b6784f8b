import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FanOut } from './fan-out.ts';
import type { GarbageSweep } from './garbage-sweep.ts';
import { garbageMetric, MAXIMUM, MINUTE, mappingCount, SUM, tableCount } from './metrics.ts';
import type { Sentinel } from './sentinel.ts';

export interface DashboardProps {
  readonly table: TableV2;
  readonly fanOut: FanOut | undefined;
  readonly sentinel: Sentinel | undefined;
  readonly garbageSweep: GarbageSweep | undefined;
  readonly alarms: readonly Alarm[];
}

/** CloudWatch's grid is 24 columns wide. */
const WIDTH = 24;

/** What an operator looks at first: alarms, then the table, then each function, a row each. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { table, fanOut, sentinel, garbageSweep, alarms } = props;
    const rows: IWidget[][] = [
      ...(alarms.length > 0 ? [[alarmStates(alarms)]] : []),
      ofTable(table),
      ...(fanOut === undefined ? [] : [ofFanOut(fanOut)]),
      ...(sentinel === undefined ? [] : [ofSentinel(sentinel)]),
      ...(garbageSweep === undefined ? [] : [ofGarbageSweep(table, garbageSweep)]),
    ];
    new CloudWatchDashboard(this, 'Dashboard', { widgets: rows });
  }
}

function alarmStates(alarms: readonly Alarm[]): IWidget {
  return new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WIDTH });
}

function ofTable(table: TableV2): IWidget[] {
  const count = (name: string) => tableCount(table, name);
  const latency = (statistic: string) =>
    table.metricSuccessfulRequestLatency({
      dimensionsMap: { TableName: table.tableName, Operation: 'UpdateItem' },
      ...{ statistic, period: MINUTE, label: `update, ${statistic}` },
    });
  return graphs({
    'Capacity units a minute': [
      count('ConsumedReadCapacityUnits'),
      count('ConsumedWriteCapacityUnits'),
    ],
    'Throttled requests': [count('ReadThrottleEvents'), count('WriteThrottleEvents')],
    // How rivals meet: normal, and a sign of a hot name when it grows.
    'Refused conditions and conflicts': [
      count('ConditionalCheckFailedRequests'),
      count('TransactionConflict'),
    ],
    'Latency, ms': [latency('p50'), latency(Stats.percentile(99))],
  });
}

function ofFanOut({ handler, mapping, failures }: FanOut): IWidget[] {
  return graphs({
    'Fan-out: invocations': invocations(handler),
    'Fan-out: lag, ms': [handler.metric('IteratorAge', MAXIMUM), handler.metricDuration(MAXIMUM)],
    'Fan-out: changes': ['PolledEventCount', 'FilteredOutEventCount', 'InvokedEventCount'].map(
      (name) => mappingCount(mapping, name),
    ),
    'Fan-out: given up': [
      mappingCount(mapping, 'DroppedEventCount'),
      mappingCount(mapping, 'OnFailureDestinationDeliveredEventCount'),
      failures.metricApproximateNumberOfMessagesVisible(MAXIMUM),
    ],
  });
}

function ofSentinel({ handler, queue, deadLetters }: Sentinel): IWidget[] {
  return graphs({
    'Sentinel: invocations': invocations(handler),
    'Sentinel: lag, s': [queue.metricApproximateAgeOfOldestMessage(MAXIMUM)],
    'Sentinel: dead letters': [deadLetters.metricApproximateNumberOfMessagesVisible(MAXIMUM)],
  });
}

function ofGarbageSweep(table: TableV2, { handler }: GarbageSweep): IWidget[] {
  return graphs({
    'Garbage: invocations': invocations(handler),
    'Garbage: rows an hour': [
      garbageMetric(table, 'deleted'),
      garbageMetric(table, 'spared'),
      garbageMetric(table, 'failed'),
    ],
    'Garbage: age of the pass, s': [garbageMetric(table, 'passAge')],
  });
}

function invocations(handler: LambdaFunction): IMetric[] {
  return [handler.metricInvocations(SUM), handler.metricErrors(SUM), handler.metricThrottles(SUM)];
}

/** Graphs side by side, by their titles. */
function graphs(metricsByTitle: Readonly<Record<string, IMetric[]>>): IWidget[] {
  const entries = Object.entries(metricsByTitle);
  const width = WIDTH / entries.length;
  return entries.map(([title, left]) => new GraphWidget({ title, left, width }));
}
