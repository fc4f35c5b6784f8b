import {
  type $Command,
  DynamoDBClient,
  type DynamoDBClientConfig,
  type DynamoDBClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-dynamodb';
import { invariant } from '../core/invariant.ts';

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
  const client = new DynamoDBClient({
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS },
    ...rest,
    maxAttempts: 1,
    retryMode: 'standard',
    // Otherwise the SDK sorts its middleware for each request: a tenth of its time.
    cacheMiddleware: true,
  });
  // Another tenth goes into what it would tell a logger, if there were one.
  if (config.logger === undefined) client.middlewareStack.remove('loggerMiddleware');
  const { requestHandler } = client.config;
  // In place of the SDK's last step, inside its parsing, so that we see error answers as well. It
  // would take the signal from the options of `send`, and options there turn the cache off.
  client.middlewareStack.add(
    () => async (args) => {
      const trace = traces.get(args.input);
      // Without it a request could be taken for one that was never sent. So it is not sent.
      invariant(trace !== undefined, "the SDK hands a command's own input to the connection");
      const { signal } = trace;
      // Signing may have waited for credentials. After giving up, nothing may go out any more.
      signal?.throwIfAborted();
      trace.sent = true;
      const options = signal === undefined ? {} : { abortSignal: signal };
      const { response } = await requestHandler.handle(args.request, options);
      trace.dateMs = dateOf(response);
      return { response };
    },
    { step: 'deserialize', priority: 'low', name: 'holdfastExchange' },
  );
  return client;
}

/** What is known of a request under way besides its answer. */
interface Trace {
  readonly signal: AbortSignal | undefined;
  sent: boolean;
  dateMs: number | undefined;
}

/** By the command's input, which the SDK hands from one middleware to the next. */
const traces = new WeakMap<object, Trace>();

/** Sends one command, in one attempt. Never rejects, and returns as soon as `signal` aborts. */
export async function exchange<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  client: DynamoDBClient,
  command: Command<Input, Output>,
  signal: AbortSignal | undefined,
): Promise<Exchange<Output>> {
  const trace: Trace = { signal, sent: false, dateMs: undefined };
  traces.set(command.input, trace);
  try {
    const output = await untilAborted(client.send(command), signal);
    return { kind: 'answered', output, dateMs: trace.dateMs };
  } catch (error) {
    return { kind: 'error', error, sent: trace.sent, dateMs: trace.dateMs };
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
