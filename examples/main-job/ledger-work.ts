import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Lock, LockHold } from 'holdfast';
import { reportHeld } from './held.ts';
import { lastNumber } from './ledger.ts';
import type { MainLink } from './main-link.ts';
import type { Answer, WorkerSettings } from './messages.ts';

const THINKING_MS = 4;
const PAUSE_MS_MAX = 40;

export interface LedgerWork {
  readonly link: MainLink;
  readonly lock: Lock;
  /** The user's own client, for the user's own table. */
  readonly client: DynamoDBDocumentClient;
  readonly settings: WorkerSettings;
  /** Requests of the library so far. */
  readonly requests: () => number;
}

/** Writes one line after another to the ledger, each under the lock, until told to finish. */
export async function keepLedger(work: LedgerWork): Promise<void> {
  const { link, lock, settings, requests } = work;
  while (!link.finishing.aborted) {
    const { leaseMs } = settings;
    const hold = await lock.acquire({ leaseMs, signal: link.finishing }).catch((error) => {
      if (link.finishing.aborted) return undefined;
      throw error;
    });
    if (hold === undefined) return;
    const held = reportHeld(link, 'lock', hold.token, hold);
    await writeLine(work, hold);
    held.givingUp(requests());
    held.givenUp((await hold.release()).outcome);
    await delay(Math.random() * PAUSE_MS_MAX);
  }
}

/**
 * The critical section: read the last line, think, write the next. Two processes in here at the
 * same time would write the same number twice.
 *
 * It never looks at `hold.signal`. A program should; but it can be stopped just after its look, and
 * then it behaves as this one does.
 */
async function writeLine(work: LedgerWork, hold: LockHold): Promise<void> {
  const { link, settings } = work;
  const { token } = hold;
  const line = lastNumber(await readFile(settings.ledgerPath, 'utf8')) + 1;
  await delay(THINKING_MS);
  await link.passPoint('read', token, line);
  // A program would stop at the first refusal. This one tries both doors, to show that each holds.
  const table = await stampHead(work, hold, line);
  await link.passPoint('stamped', token, line);
  const keeper = await link.append(token, line);
  link.report({ kind: 'wrote', token, line, table, keeper });
  await link.passPoint('appended', token, line);
}

/** Writes the number of the last line to the user's own row, by an ordinary update with a fence. */
async function stampHead(work: LedgerWork, hold: LockHold, line: number): Promise<Answer> {
  const { ledgerTable, ledgerId, name, fenced } = work.settings;
  const update = {
    TableName: ledgerTable,
    Key: { id: ledgerId },
    UpdateExpression: 'SET lastLine = :line, writer = :writer',
    ExpressionAttributeValues: { ':line': line, ':writer': name },
  };
  try {
    await work.client.send(new UpdateCommand(fenced ? hold.fence(update) : update));
    return 'accepted';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'refused';
    throw error;
  }
}
