import { FencesWorkload } from './fences.ts';
import { ListsWorkload } from './lists.ts';
import { PromisesWorkload } from './promises.ts';
import type { TransactionWorkloadFactory } from './storm.ts';

/** Every workload of transactions, by its name. */
export const TRANSACTION_WORKLOADS = {
  lists: (_, now, mode) => new ListsWorkload(now, mode),
  promises: (random, _, mode) => new PromisesWorkload(random, mode),
  fences: () => new FencesWorkload(),
} satisfies Readonly<Record<string, TransactionWorkloadFactory>>;

export type TransactionWorkloadName = keyof typeof TRANSACTION_WORKLOADS;
