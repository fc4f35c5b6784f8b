import { parseMessage, type SentinelMessage } from './message.ts';
import type { Served } from './serve.ts';

/** A message as Lambda hands it to a function, as far as this one looks. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

/** What became of a batch. */
export interface BatchReport {
  /** Which messages the queue is to hand out again. */
  readonly response: {
    readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  };
  readonly served: Readonly<Partial<Record<Served, number>>>;
  readonly failures: readonly { readonly body: string; readonly error: unknown }[];
}

/** Serves the messages of a batch, side by side: they are of different groups, or copies. */
export async function serveBatch(
  records: readonly QueueRecord[],
  serve: (message: SentinelMessage, receives: number) => Promise<Served>,
): Promise<BatchReport> {
  const results = await Promise.all(
    records.map(async ({ messageId, body, attributes }) => {
      try {
        const served = await serve(parseMessage(body), Number(attributes.ApproximateReceiveCount));
        return { kind: 'served', served } as const;
      } catch (error) {
        return { kind: 'failed', messageId, body, error } as const;
      }
    }),
  );
  const served: Partial<Record<Served, number>> = {};
  for (const result of results) {
    if (result.kind === 'served') served[result.served] = (served[result.served] ?? 0) + 1;
  }
  const failures = results.flatMap((result) => (result.kind === 'failed' ? [result] : []));
  return {
    response: {
      batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })),
    },
    served,
    failures: failures.map(({ body, error }) => ({ body, error })),
  };
}
