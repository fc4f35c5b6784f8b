import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../metric-namespace.ts';
import { GARBAGE_DIMENSION, GARBAGE_METRIC } from './metrics.ts';
import type { SweepReport } from './sweep.ts';

const logger = new Logger({ serviceName: 'holdfast-garbage' });

/** What writes down what a run did: as metrics of this table, and as a log line. */
export function measureOf(table: string): (report: SweepReport) => void {
  // By the table alone: an alarm names every dimension of its metric.
  const defaultDimensions = { [GARBAGE_DIMENSION]: table };
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, defaultDimensions });
  return (report) => {
    const { outcome, deleted, spared, failed, passAgeMs } = report;
    if (outcome === 'busy') {
      logger.warn('Another run is at work', { ...report });
      return;
    }
    metrics.addMetric(GARBAGE_METRIC.deleted, MetricUnit.Count, deleted);
    metrics.addMetric(GARBAGE_METRIC.spared, MetricUnit.Count, spared);
    metrics.addMetric(GARBAGE_METRIC.failed, MetricUnit.Count, failed);
    metrics.addMetric(GARBAGE_METRIC.passAge, MetricUnit.Seconds, Math.round(passAgeMs / 1_000));
    metrics.publishStoredMetrics();
    logger.info('Swept', { ...report });
  };
}
