/** One worker: keeps the ledger under the lock, and stands for election, both at once. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Holdfast } from 'holdfast';
import { seekLeadership } from './leading.ts';
import { keepLedger } from './ledger-work.ts';
import { MainLink } from './main-link.ts';
import type { WorkerSettings } from './messages.ts';

const link = new MainLink();
try {
  await work(JSON.parse(process.argv[2] ?? '{}') as WorkerSettings);
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  link.leave({ kind: 'failed', message });
}

async function work(settings: WorkerSettings): Promise<void> {
  const { name, table, namespace, requestTimeoutMs, clientConfig } = settings;
  const counter = countRequests();
  const holdfast = new Holdfast({
    table,
    namespace,
    label: name,
    requestTimeoutMs,
    clientConfig: { ...clientConfig, logger: counter.logger },
  });
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig));
  const { requests } = counter;
  link.report({ kind: 'ready' });
  const election = holdfast.election('leader');
  await Promise.all([
    keepLedger({ link, lock: holdfast.lock('ledger'), client, settings, requests }),
    seekLeadership({ link, election, settings, requests }),
  ]);
  await holdfast.close();
  link.leave({ kind: 'finished', requests: requests() });
}

/** Counts the requests of a client by the log entry that the SDK writes for each. */
function countRequests() {
  let requests = 0;
  const ignore = () => undefined;
  const count = () => {
    requests += 1;
  };
  const logger = { trace: ignore, debug: ignore, info: count, warn: ignore, error: count };
  return { logger, requests: () => requests };
}
