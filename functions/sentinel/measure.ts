import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

const metrics = new Metrics({ serviceName: 'holdfast-sentinel', namespace: 'Holdfast' });

/** Writes counts as metrics. */
export function measure(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    metrics.addMetric(name, MetricUnit.Count, count);
  }
  metrics.publishStoredMetrics();
}
