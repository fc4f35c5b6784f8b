import { ListsWorkload } from './lists.ts';
import { PromisesWorkload } from './promises.ts';
import type { TransactionWorkloadFactory } from './storm.ts';

/** Every workload of transactions, by its name. */
export const TRANSACTION_WORKLOADS = {
  lists: (random, now) => new ListsWorkload(random, now),
  promises: (random) => new PromisesWorkload(random),
} satisfies Readonly<Record<string, TransactionWorkloadFactory>>;

export type TransactionWorkloadName = keyof typeof TRANSACTION_WORKLOADS;
