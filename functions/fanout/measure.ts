import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../metric-namespace.ts';
import type { FanOutReport } from './fan-out.ts';
import type { StreamRecord } from './stream-record.ts';

const service = { serviceName: 'holdfast-fanout' };
const logger = new Logger(service);
const metrics = new Metrics({ ...service, namespace: METRIC_NAMESPACE });

/** Writes what became of a batch: as metrics always, as a log line when something is wrong. */
export function measure(report: FanOutReport, records: readonly StreamRecord[]): void {
  const { skipped, published, hinted, started, coalesced, failed, failure, byTimeToLive } = report;
  const counts = {
    Published: published,
    Hinted: hinted,
    Started: started,
    Coalesced: coalesced,
    Failed: failed,
    Skipped: skipped.unknown + skipped.unchanged,
    Malformed: skipped.malformed,
  };
  for (const [name, count] of Object.entries(counts)) {
    metrics.addMetric(name, MetricUnit.Count, count);
  }
  const lagMs = lagOf(records, Date.now());
  if (lagMs !== undefined) metrics.addMetric('Lag', MetricUnit.Milliseconds, lagMs);
  metrics.publishStoredMetrics();
  const facts = { ...counts, skipped, byTimeToLive, lagMs };
  if (failure !== undefined) logger.error('Not everything was sent', { failure, ...facts });
  else if (skipped.malformed > 0 || byTimeToLive > 0) logger.warn('Rows to look at', facts);
  else logger.debug('Sent', facts);
}

/** How long ago the oldest change of the batch was made. DynamoDB tells whole seconds. */
export function lagOf(records: readonly StreamRecord[], nowMs: number): number | undefined {
  const seconds = records.flatMap(({ dynamodb }) => dynamodb?.ApproximateCreationDateTime ?? []);
  return seconds.length === 0 ? undefined : Math.max(0, nowMs - Math.min(...seconds) * 1_000);
}
