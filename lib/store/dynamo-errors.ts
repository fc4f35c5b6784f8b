import type { StoreFailure, StoreFailureReason } from './store.ts';

/**
 * What an error of the SDK says about a write. `refused`: the condition did not hold. `failed`: the
 * write certainly has no effect. `unknown`: it may have been applied, now or later.
 */
export type ErrorOutcome =
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed' | 'unknown'; readonly failure: StoreFailure };

export interface FailedRequest {
  readonly error: unknown;
  readonly table: string;
  /** Whether the request was handed to the connection at all. */
  readonly sent: boolean;
}

export function outcomeOfError(request: FailedRequest): ErrorOutcome {
  const error = errorFacts(request.error);
  const rule = RULES.find(({ matches }) => matches(error));
  if (rule?.outcome === 'refused') return { kind: 'refused' };
  const { outcome, reason, retryable, explain } = rule ?? UNKNOWN_ERROR;
  const text = `${error.name}: ${error.message}`;
  const message = explain === undefined ? text : `${explain(request.table)} (${text})`;
  return {
    // What never left this process has no effect, whatever the error says.
    kind: request.sent ? outcome : 'failed',
    failure: { reason, retryable, message, cause: request.error },
  };
}

/** What an error says about a read, which has no effect to be unsure of. */
export function failureOfRead(request: FailedRequest): StoreFailure {
  const outcome = outcomeOfError(request);
  if (outcome.kind !== 'refused') return outcome.failure;
  const message = 'a read was answered as if it had a condition';
  return { reason: 'unavailable', retryable: true, message, cause: request.error };
}

/** What the rules look at. */
interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  /** Status of the HTTP answer, if there was one. */
  readonly httpStatus: number | undefined;
  /** Node's code for what went wrong on the connection. */
  readonly code: unknown;
  /** Whether the connection could not even be opened. */
  readonly unconnected: boolean;
}

type Rule =
  | { readonly matches: (error: ErrorFacts) => boolean; readonly outcome: 'refused' }
  | {
      readonly matches: (error: ErrorFacts) => boolean;
      readonly outcome: 'failed' | 'unknown';
      readonly reason: StoreFailureReason;
      readonly retryable: boolean;
      readonly explain?: (table: string) => string;
    };

const named =
  (...names: readonly string[]) =>
  (error: ErrorFacts) =>
    names.includes(error.name);

/** DynamoDB's words for a request that its signature dates too far from now. */
const CLOCK_WORDS = /signature (expired|not yet current)|too skewed/i;

/** Its words for a native transaction over a strongly consistent global table, which has none. */
const STRONG_WORDS = /multi-?region strong|MRSC/i;

/** The first rule that matches decides. */
const RULES: readonly Rule[] = [
  { matches: named('ConditionalCheckFailedException'), outcome: 'refused' },
  {
    // Rejected, says the service, in favour of what is being written: by a transaction, or in
    // another region of a strongly consistent global table.
    matches: named(
      'TransactionConflictException',
      'TransactionInProgressException',
      'ReplicatedWriteConflictException',
    ),
    outcome: 'failed',
    reason: 'conflict',
    retryable: true,
  },
  {
    // Throttled requests are turned away before they are carried out.
    matches: (error) =>
      error.httpStatus === 429 ||
      error.name.startsWith('Throttl') ||
      named('ProvisionedThroughputExceededException', 'RequestLimitExceeded')(error),
    outcome: 'failed',
    reason: 'throttled',
    retryable: true,
  },
  {
    // Retryable: the SDK learns the offset from the answer's date and signs the next one right.
    matches: (error) =>
      named('RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture')(error) ||
      (error.name === 'InvalidSignatureException' && CLOCK_WORDS.test(error.message)),
    outcome: 'failed',
    reason: 'unavailable',
    retryable: true,
    explain: () => "the clock of this machine is too far from the service's",
  },
  {
    // Retryable: the provider of credentials fetches new ones for the next request.
    matches: named('ExpiredTokenException', 'ExpiredToken'),
    outcome: 'failed',
    reason: 'access-denied',
    retryable: true,
    explain: () => 'the credentials have expired',
  },
  {
    matches: named(
      'AccessDeniedException',
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'MissingAuthenticationTokenException',
      'MissingAuthenticationToken',
      'IncompleteSignatureException',
      'InvalidSignatureException',
      'CredentialsProviderError',
      'TokenProviderError',
    ),
    outcome: 'failed',
    reason: 'access-denied',
    retryable: false,
  },
  {
    matches: named('ResourceNotFoundException'),
    outcome: 'failed',
    reason: 'table-missing',
    retryable: false,
    explain: (table) =>
      `table '${table}' does not exist: create it with \`holdfast.createTable()\` locally ` +
      'or `cdk deploy` in an account',
  },
  {
    matches: (error) =>
      error.name === 'UnknownOperationException' ||
      (error.name === 'ValidationException' && STRONG_WORDS.test(error.message)),
    outcome: 'failed',
    reason: 'unsupported',
    retryable: false,
  },
  {
    matches: named(
      'ValidationException',
      'SerializationException',
      'ItemCollectionSizeLimitExceededException',
    ),
    outcome: 'failed',
    reason: 'invalid-request',
    retryable: false,
  },
  {
    matches: (error) => error.unconnected,
    outcome: 'failed',
    reason: 'unavailable',
    retryable: true,
    explain: () => 'no connection to the service',
  },
  {
    matches: (error) => error.message === 'Region is missing',
    outcome: 'failed',
    reason: 'unavailable',
    retryable: false,
    explain: () => 'no AWS region is configured: give one in the client options or AWS_REGION',
  },
  {
    matches: named('AbortError'),
    outcome: 'unknown',
    reason: 'aborted',
    retryable: false,
  },
  {
    // Ahead of timeouts, because the SDK calls these TimeoutError too.
    matches: (error) => error.code === 'ECONNRESET' || error.code === 'EPIPE',
    outcome: 'unknown',
    reason: 'unavailable',
    retryable: true,
    explain: () => 'the connection broke before the answer came',
  },
  {
    matches: named('TimeoutError', 'RequestTimeout', 'RequestTimeoutException'),
    outcome: 'unknown',
    reason: 'timeout',
    retryable: true,
  },
];

/** 5xx answers, TransactionInDoubt, a broken body, and whatever is not in the table. */
const UNKNOWN_ERROR = {
  outcome: 'unknown',
  reason: 'unavailable',
  retryable: true,
  explain: undefined,
} as const;

function errorFacts(error: unknown): ErrorFacts {
  const { name, message, $metadata, code } = (
    error instanceof Error ? error : { name: 'Error', message: String(error) }
  ) as Error & { $metadata?: { httpStatusCode?: number }; code?: unknown };
  const httpStatus = $metadata?.httpStatusCode;
  return { name, message, httpStatus, code, unconnected: isUnconnected(error) };
}

const CONNECTING = ['connect', 'getaddrinfo'];

/** Node names the system call that failed; after trying several addresses, one for each. */
function isUnconnected(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.every(isUnconnected);
  }
  const { syscall } = (error ?? {}) as { syscall?: unknown };
  return typeof syscall === 'string' && CONNECTING.includes(syscall);
}
