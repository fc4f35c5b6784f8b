import { Logger } from '@aws-lambda-powertools/logger';
import { config } from '../../lib/config/index.ts';
import { Holdfast, isHoldfastError } from '../../lib/index.ts';
import { abortRollouts } from './abort.ts';
import { alarmsOf } from './alarm.ts';
import { type GuardedDocument, readSettings } from './settings.ts';

const { table, guarded } = readSettings(process.env);
const logger = new Logger({ serviceName: 'holdfast-rollout' });
const instances = new Map<string, Holdfast>();

/** The Lambda function that ends a rollout when an alarm goes off. */
export async function handler(event: unknown): Promise<void> {
  const results = await abortRollouts(alarmsOf(event), guarded, abort);
  for (const result of results) logger.warn('An alarm went off', { ...result });
}

async function abort({ namespace, name }: GuardedDocument): Promise<'aborted' | 'no-rollout'> {
  const holdfast = instances.get(namespace) ?? new Holdfast({ table, namespace });
  instances.set(namespace, holdfast);
  try {
    await config(holdfast, name).rollout.abort();
    return 'aborted';
  } catch (error) {
    if (isHoldfastError(error, 'rollout-missing')) return 'no-rollout';
    throw error;
  }
}
