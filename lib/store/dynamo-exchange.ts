import {
  type $Command,
  DynamoDBClient,
  type DynamoDBClientConfig,
  type DynamoDBClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-dynamodb';

/** How one attempt of one request went. */
export type Exchange<Output> = {
  /** The `Date` header of the answer, success or error, as epoch milliseconds. */
  readonly dateMs: number | undefined;
} & (
  | { readonly kind: 'answered'; readonly output: Output }
  | {
      readonly kind: 'error';
      readonly error: unknown;
      /** Whether the request was handed to the connection: if not, it has no effect. */
      readonly sent: boolean;
    }
);

export type Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  DynamoDBClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

/** A dead address must not use up the time in which a fresh connection could be tried. */
const CONNECTION_TIMEOUT_MS = 1_500;

/**
 * The SDK's client, reduced to one attempt a request. Its own retry is off, because it hides which
 * attempt an answer belongs to: a write that applied and lost its answer comes back as refused by
 * the row that it wrote itself.
 */
export function connect(config: DynamoDBClientConfig): DynamoDBClient {
  // A strategy of the caller's would win over the number of attempts.
  const { retryStrategy: _, ...rest } = config;
  return new DynamoDBClient({
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS },
    ...rest,
    maxAttempts: 1,
    retryMode: 'standard',
  });
}

/** Sends one command, in one attempt. Never rejects, and returns as soon as `signal` aborts. */
export async function exchange<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  client: DynamoDBClient,
  command: Command<Input, Output>,
  signal: AbortSignal | undefined,
): Promise<Exchange<Output>> {
  let dateMs: number | undefined;
  let sent = false;
  // Next to the connection, inside the SDK's own parsing, so that it sees error answers as well.
  command.middlewareStack.add(
    (next) => async (request) => {
      // Signing may have waited for credentials. After giving up, nothing may go out any more.
      signal?.throwIfAborted();
      sent = true;
      const result = await next(request);
      dateMs = dateOf(result.response);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'holdfastExchange' },
  );
  try {
    const options = signal === undefined ? {} : { abortSignal: signal };
    const output = await untilAborted(client.send(command, options), signal);
    return { kind: 'answered', output, dateMs };
  } catch (error) {
    return { kind: 'error', error, sent, dateMs };
  }
}

function dateOf(response: unknown): number | undefined {
  const { headers } = response as { headers?: Readonly<Record<string, string>> };
  const dateMs = Date.parse(headers?.date ?? '');
  return Number.isNaN(dateMs) ? undefined : dateMs;
}

/** Rejects when `signal` aborts, for the SDK looks at it only while a request is on the wire. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stopListening = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new DOMException('given up before the answer', 'AbortError'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    stopListening = () => signal.removeEventListener('abort', giveUp);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stopListening();
  }
}
