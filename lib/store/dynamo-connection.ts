import type {
  ConsumedCapacity,
  DynamoDBClient,
  DynamoDBClientConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-dynamodb';
import { type Command, connect, type Exchange, exchange } from './dynamo-exchange.ts';
import type { ObservedRequest, RequestObserver } from './request-observer.ts';

interface Measured {
  /** Of several tables, where a request has several. */
  readonly ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined;
}

/** A client of the SDK whose requests are one attempt each, counted where somebody counts. */
export class DynamoConnection {
  readonly #client: DynamoDBClient;
  readonly #onRequest: RequestObserver | undefined;

  constructor(options: {
    readonly client?: DynamoDBClientConfig | undefined;
    readonly onRequest?: RequestObserver | undefined;
  }) {
    this.#client = connect(options.client ?? {});
    this.#onRequest = options.onRequest;
  }

  /** What every command for a table says. */
  common(table: string) {
    return { TableName: table, ...this.measured() };
  }

  /** What every command says, whatever its tables. */
  measured() {
    const isMeasured = this.#onRequest !== undefined;
    return isMeasured ? { ReturnConsumedCapacity: 'TOTAL' as const } : {};
  }

  /** Sends one command, in one attempt. Never rejects, and returns as soon as `signal` aborts. */
  async exchange<Input extends ServiceInputTypes, Output extends ServiceOutputTypes & Measured>(
    operation: ObservedRequest['operation'],
    command: Command<Input, Output>,
    signal: AbortSignal | undefined,
  ): Promise<Exchange<Output>> {
    const result = await exchange(this.#client, command, signal);
    if (result.kind === 'answered') {
      const capacityUnits = unitsOf(result.output);
      this.#onRequest?.({ operation, capacityUnits });
    } else if (result.sent) {
      this.#onRequest?.({ operation });
    }
    return result;
  }

  /** Closes the connections. Calls under way end as they can; later ones open new ones. */
  close(): void {
    this.#client.destroy();
  }
}

function unitsOf({ ConsumedCapacity: consumed }: Measured): number | undefined {
  if (!Array.isArray(consumed)) return consumed?.CapacityUnits;
  return consumed.reduce((sum, { CapacityUnits: units = 0 }) => sum + units, 0);
}
