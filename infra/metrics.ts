import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { GARBAGE_DIMENSION, GARBAGE_METRIC } from '../functions/garbage/metrics.ts';
import { METRIC_NAMESPACE } from '../functions/metric-namespace.ts';

export const MINUTE = Duration.minutes(1);

/** How often in a minute. */
export const SUM = { statistic: Stats.SUM, period: MINUTE };

/** The worst of a minute. */
export const MAXIMUM = { statistic: Stats.MAXIMUM, period: MINUTE };

/** How often something happened to a table in a minute. */
export function tableCount(table: TableV2, metricName: string): Metric {
  return table.metric(metricName, SUM);
}

/** How many changes an event source mapping has counted in a minute. */
export function mappingCount(mapping: EventSourceMapping, metricName: string): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
    ...SUM,
  });
}

/** What the garbage sweep of a table measures, by the hour, as often as it runs. */
export function garbageMetric(table: TableV2, name: keyof typeof GARBAGE_METRIC): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: GARBAGE_METRIC[name],
    dimensionsMap: { [GARBAGE_DIMENSION]: table.tableName },
    statistic: name === 'passAge' ? Stats.MAXIMUM : Stats.SUM,
    period: Duration.hours(1),
  });
}
