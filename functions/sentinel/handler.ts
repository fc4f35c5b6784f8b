import { Logger } from '@aws-lambda-powertools/logger';
import { Holdfast } from '../../lib/index.ts';
import type { InvocationContext } from '../../lib/invocation.ts';
import { DEFAULT_NAMESPACE } from '../../lib/options.ts';
import { type Runtime, runtimeOf } from '../../lib/runtime.ts';
import { type BatchReport, type QueueRecord, serveBatch } from './batch.ts';
import { measure } from './measure.ts';
import { openQueue } from './queue.ts';
import { restartOverdue } from './restart.ts';
import { partsOf, serve } from './serve.ts';
import { readSettings } from './settings.ts';

const { table, queueUrl, intervalMs } = readSettings(process.env);
const logger = new Logger({ serviceName: 'holdfast-sentinel' });
const send = await openQueue(queueUrl);
const instances = new Map<string, Holdfast>();

/** The Lambda function that looks after groups: on the sentinel's queue, and on a schedule. */
export async function handler(
  event: { readonly Records?: readonly QueueRecord[] },
  context: InvocationContext,
): Promise<BatchReport['response'] | undefined> {
  const runtimeIn = beginInvocation(context);
  if (event.Records !== undefined) return serveAll(event.Records, runtimeIn);
  const report = await restartOverdue(runtimeIn(DEFAULT_NAMESPACE), send);
  measure({ Running: report.running, Restarted: report.restarted });
  if (report.restarted > 0) logger.warn('Chains had come to a halt', { ...report });
  return undefined;
}

async function serveAll(
  records: readonly QueueRecord[],
  runtimeIn: (namespace: string) => Runtime,
): Promise<BatchReport['response']> {
  const report = await serveBatch(records, (message, receives) =>
    serve(message, receives, partsOf(runtimeIn(message.namespace), { intervalMs, send })),
  );
  const { served, failures } = report;
  measure({
    Swept: (served['passed-on'] ?? 0) + (served.ended ?? 0),
    Ended: served.ended ?? 0,
    Begun: served.begun ?? 0,
    Resent: served.resent ?? 0,
    Dropped: served.dropped ?? 0,
    Failed: failures.length,
  });
  for (const { body, error } of failures) {
    logger.error('A message failed', { body, error: error as Error });
  }
  return report.response;
}

/**
 * The library in each namespace. In the first use of an invocation it forgets what it knew of the
 * table's time before the freeze.
 */
function beginInvocation(context: InvocationContext): (namespace: string) => Runtime {
  const begun = new Map<string, Runtime>();
  return (namespace) => {
    const known = begun.get(namespace);
    if (known !== undefined) return known;
    const holdfast = instances.get(namespace) ?? new Holdfast({ table, namespace, mode: 'lambda' });
    instances.set(namespace, holdfast);
    holdfast.beginInvocation(context);
    const runtime = runtimeOf(holdfast);
    begun.set(namespace, runtime);
    return runtime;
  };
}
