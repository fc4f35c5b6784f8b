import { InvalidArgumentError } from '../../errors.ts';
import { checkWhole } from '../../option-checks.ts';
import type { EventPattern } from './event-pattern.ts';

/** How a function is fed from a stream: what an event source mapping of Lambda can say. */
export interface EventSourceMapping {
  /** A record goes to the function when it matches one of these. @default [] : every record */
  readonly filters?: readonly EventPattern[] | undefined;
  /** The most records of one invocation, 1 to 10,000. @default 100 */
  readonly batchSize?: number | undefined;
  /** How long to gather a batch, in milliseconds, up to 300,000. @default 0: take what is there */
  readonly batchWindowMs?: number | undefined;
  /** How many batches of one shard may be under way at once, 1 to 10; one per item. @default 1 */
  readonly parallelizationFactor?: number | undefined;
  /** Whether the function answers where a batch failed. @default false */
  readonly reportsItemFailures?: boolean | undefined;
  /** Whether a batch that fails is cut in two. @default false */
  readonly bisectsOnError?: boolean | undefined;
  /** How often a failed batch is tried again, up to 10,000; -1: without limit. @default -1 */
  readonly retryAttempts?: number | undefined;
  /** Older records are given up, in milliseconds. @default unlimited */
  readonly maxRecordAgeMs?: number | undefined;
  /** Where to begin in shards without a checkpoint. @default 'trim-horizon' */
  readonly startingPosition?: 'trim-horizon' | 'latest' | undefined;
}

export type Mapping = {
  readonly [Name in keyof EventSourceMapping]-?: NonNullable<EventSourceMapping[Name]>;
};

/** With the defaults of Lambda. @throws InvalidArgumentError for what Lambda would refuse */
export function mappingOf(given: EventSourceMapping): Mapping {
  const mapping: Mapping = {
    filters: given.filters ?? [],
    batchSize: given.batchSize ?? 100,
    batchWindowMs: given.batchWindowMs ?? 0,
    parallelizationFactor: given.parallelizationFactor ?? 1,
    reportsItemFailures: given.reportsItemFailures ?? false,
    bisectsOnError: given.bisectsOnError ?? false,
    retryAttempts: given.retryAttempts ?? -1,
    maxRecordAgeMs: given.maxRecordAgeMs ?? Number.POSITIVE_INFINITY,
    startingPosition: given.startingPosition ?? 'trim-horizon',
  };
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(mapping, name));
  if (unknown !== undefined) {
    const names = Object.keys(mapping).join(', ');
    throw new InvalidArgumentError('mapping', `one of ${names}`, unknown);
  }
  checkWhole('batchSize', mapping.batchSize, 1, 10_000);
  checkWhole('batchWindowMs', mapping.batchWindowMs, 0, 300_000);
  checkWhole('parallelizationFactor', mapping.parallelizationFactor, 1, 10);
  checkWhole('retryAttempts', mapping.retryAttempts, -1, 10_000);
  if (!(mapping.maxRecordAgeMs > 0)) {
    throw new InvalidArgumentError('maxRecordAgeMs', 'above 0', mapping.maxRecordAgeMs);
  }
  return mapping;
}
