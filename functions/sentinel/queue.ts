import { type SentinelMessage, textOfMessage } from './message.ts';

/** A message that is sent twice is harmless, so the SDK's own retries are welcome here. */
const CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 },
};

/** How to send to the sentinel's queue. */
export async function openQueue(
  queueUrl: string,
): Promise<(message: SentinelMessage, delayMs: number) => Promise<void>> {
  // On demand: a fan-out without a sentinel would load the client at each cold start for nothing.
  const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({ ...CLIENT, endpoint: new URL(queueUrl).origin });
  return async (message, delayMs) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: textOfMessage(message),
        DelaySeconds: Math.ceil(delayMs / 1_000),
      }),
    );
  };
}
