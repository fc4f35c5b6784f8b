import { once } from 'node:events';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { systemClock } from '../../../lib/core/clock.ts';
import { Holdfast, type LockHold } from '../../../lib/index.ts';
import { type ContenderSettings, type FromContender, nowMs } from './messages.ts';

/** A process that takes one lock again and again, and writes one fenced item under it. */
const settings = JSON.parse(process.argv[2] ?? '') as ContenderSettings;
const clientConfig = {
  endpoint: settings.endpoint,
  region: 'local',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  maxAttempts: 1,
};
const documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig));
const holdfast = new Holdfast({
  table: settings.table,
  clientConfig,
  label: settings.name,
  requestTimeoutMs: 500,
  clock: { ...systemClock, wallMs: () => systemClock.wallMs() + settings.skewMs },
});

function tell(message: FromContender): void {
  process.send?.(message);
}

type Outcome = 'accepted' | 'refused' | 'unknown';

/** Writes once, whatever becomes of connections that were idle while the process stood still. */
async function write(hold: LockHold, id: string): Promise<Outcome> {
  const first = await tryWrite(hold, id);
  if (first !== 'unknown') return first;
  const second = await tryWrite(hold, id);
  // A refusal now may be of a stale token, or of a second time.
  return second === 'accepted' ? second : 'unknown';
}

async function tryWrite(hold: LockHold, id: string): Promise<Outcome> {
  const update = {
    TableName: settings.userTable,
    Key: { id: settings.lock },
    UpdateExpression: 'SET applied = list_append(if_not_exists(applied, :none), :ids)',
    ConditionExpression: 'NOT contains(applied, :id)',
    ExpressionAttributeValues: { ':id': id, ':ids': [id], ':none': [] },
  };
  try {
    await documents.send(new UpdateCommand(settings.fenced ? hold.fence(update) : update));
    return 'accepted';
  } catch (error) {
    return error instanceof ConditionalCheckFailedException ? 'refused' : 'unknown';
  }
}

async function turn(number: number): Promise<void> {
  const calledAtMs = nowMs();
  await using hold = await holdfast.lock(settings.lock).acquire({ leaseMs: settings.leaseMs });
  const { token } = hold;
  tell({ kind: 'granted', token, calledAtMs, atMs: nowMs() });
  // Here the arena kills or stops it: surely within the hold, and before the write.
  await once(process, 'message');
  const id = `${settings.name}/${number}`;
  const wroteAtMs = nowMs();
  const outcome = await write(hold, id);
  const knewOfLoss = hold.remainingMs() === 0;
  tell({ kind: 'wrote', id, token, outcome, calledAtMs: wroteAtMs, atMs: nowMs(), knewOfLoss });
}

process.on('disconnect', () => process.exit(0));
for (let number = 1; ; number += 1) await turn(number);
