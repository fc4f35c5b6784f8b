import {
  type ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { copyMap } from './document.ts';
import { DynamoConnection } from './dynamo-connection.ts';
import { failureOfRead, outcomeOfError } from './dynamo-errors.ts';
import type { Exchange } from './dynamo-exchange.ts';
import { attributesOf, itemOf } from './dynamo-item.ts';
import { type CompiledCondition, compileCondition, compileUpdate } from './expression.ts';
import { faultOfKey, faultOfWrite } from './request-fault.ts';
import type { RequestObserver } from './request-observer.ts';
import type {
  CallOptions,
  GetRequest,
  GetResult,
  QueryRequest,
  QueryResult,
  Store,
  WriteRequest,
  WriteResult,
} from './store.ts';
import { abortedBeforeSending, invalidRequest } from './store-failure.ts';
import type { Item, Key } from './value.ts';

export interface DynamoStoreOptions {
  readonly table: string;
  /**
   * Settings of the SDK's client: region, endpoint, credentials. Its number of attempts and its
   * retry strategy are overridden: each call is one attempt.
   */
  readonly client?: DynamoDBClientConfig | undefined;
  /** Told about every request that was sent. Switches `ReturnConsumedCapacity` on. */
  readonly onRequest?: RequestObserver | undefined;
}

/**
 * A DynamoDB table. Sets no time limit beyond that of opening a connection: a call ends with its
 * answer or with its signal.
 *
 * Attributes of types that this library does not write come through as the SDK shows them: sets
 * as `Set`, binary as `Uint8Array`.
 */
export class DynamoStore implements Store {
  readonly table: string;
  readonly #connection: DynamoConnection;
  /** Whether this engine has ever shown the row that refused a write: it never unlearns that. */
  #showsRefusingRow = false;

  constructor(options: DynamoStoreOptions) {
    this.table = options.table;
    this.#connection = new DynamoConnection(options);
  }

  async get(request: GetRequest, { signal }: CallOptions = {}): Promise<GetResult> {
    if (signal?.aborted === true) return { kind: 'failed', failure: abortedBeforeSending(signal) };
    const fault = faultOfKey(request.key);
    if (fault !== undefined) return { kind: 'failed', failure: invalidRequest(fault) };
    const command = new GetItemCommand({
      ...this.#connection.common(this.table),
      Key: keyAttributes(request.key),
      ConsistentRead: request.consistent,
    });
    const result = await this.#connection.exchange('get', command, signal);
    const { dateMs } = result;
    if (result.kind === 'error') {
      return { kind: 'failed', failure: failureOfRead({ ...result, table: this.table }), dateMs };
    }
    const item = itemOf(result.output.Item);
    return item === undefined ? { kind: 'missing', dateMs } : { kind: 'found', item, dateMs };
  }

  async query(request: QueryRequest, { signal }: CallOptions = {}): Promise<QueryResult> {
    // Loaded on demand: locks and elections never ask for more than one row.
    const [{ faultOfQuery }, { queryCommand }] = await Promise.all([
      import('./query.ts'),
      import('./dynamo-query.ts'),
    ]);
    if (signal?.aborted === true) return { kind: 'failed', failure: abortedBeforeSending(signal) };
    const fault = faultOfQuery(request);
    if (fault !== undefined) return { kind: 'failed', failure: invalidRequest(fault) };
    const result = await this.#connection.exchange(
      'query',
      queryCommand(this.#connection.common(this.table), request),
      signal,
    );
    const { dateMs } = result;
    if (result.kind === 'error') {
      return { kind: 'failed', failure: failureOfRead({ ...result, table: this.table }), dateMs };
    }
    const { Items = [], LastEvaluatedKey } = result.output;
    const items = Items.map((attributes) => itemOf(attributes) ?? {});
    return { kind: 'page', items, next: itemOf(LastEvaluatedKey)?.sk as string, dateMs };
  }

  async write(request: WriteRequest, { signal }: CallOptions = {}): Promise<WriteResult> {
    if (signal?.aborted === true) return { kind: 'failed', failure: abortedBeforeSending(signal) };
    const fault = faultOfWrite(request);
    if (fault !== undefined) return { kind: 'failed', failure: invalidRequest(fault) };
    const result = await this.#send(request, signal);
    const { dateMs } = result;
    if (result.kind === 'answered') return { kind: 'applied', item: result.output, dateMs };
    const outcome = outcomeOfError({ ...result, table: this.table });
    if (outcome.kind !== 'refused') return { ...outcome, dateMs };
    const { Item } = result.error as ConditionalCheckFailedException;
    if (Item !== undefined) {
      this.#showsRefusingRow = true;
      return { kind: 'refused', item: itemOf(Item), dateMs };
    }
    if (this.#showsRefusingRow) return { kind: 'refused', item: undefined, dateMs };
    return { ...(await this.#readRefusingRow(keyOf(request), signal)), dateMs };
  }

  /** Closes the connections. Calls under way end as they can; later ones open new ones. */
  close(): void {
    this.#connection.close();
  }

  /**
   * No row in a refusal means that there is none, or that the engine shows none. As long as it has
   * never shown one, only a read can tell. Without it the refusal is useless to a protocol that
   * must know whether the row that stood in the way is its own, so a failed read fails the call:
   * that is true, for a refused write has no effect, and the caller may try again.
   */
  async #readRefusingRow(key: Key, signal: AbortSignal | undefined): Promise<WriteResult> {
    const read = await this.get({ key, consistent: true }, { signal });
    if (read.kind === 'failed') return read;
    return { kind: 'refused', item: read.kind === 'found' ? read.item : undefined };
  }

  async #send(
    request: WriteRequest,
    signal: AbortSignal | undefined,
  ): Promise<Exchange<Item | undefined>> {
    const common = {
      ...this.#connection.common(this.table),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    switch (request.kind) {
      case 'update': {
        const command = new UpdateItemCommand({
          ...common,
          Key: keyAttributes(request.key),
          ...expressions(compileUpdate(request.actions, request.condition)),
          ReturnValues: 'ALL_NEW',
        });
        const result = await this.#connection.exchange('update', command, signal);
        if (result.kind === 'error') return result;
        return { ...result, output: itemOf(result.output.Attributes) };
      }
      case 'put': {
        const command = new PutItemCommand({
          ...common,
          Item: attributesOf(request.item),
          ...expressions(compileCondition(request.condition)),
        });
        const result = await this.#connection.exchange('put', command, signal);
        if (result.kind === 'error') return result;
        return { ...result, output: copyMap(request.item) };
      }
      case 'delete': {
        const command = new DeleteItemCommand({
          ...common,
          Key: keyAttributes(request.key),
          ...expressions(compileCondition(request.condition)),
        });
        const result = await this.#connection.exchange('delete', command, signal);
        if (result.kind === 'error') return result;
        return { ...result, output: undefined };
      }
    }
  }
}

function keyOf(request: WriteRequest): Key {
  return request.kind === 'put' ? request.item : request.key;
}

function keyAttributes({ pk, sk }: Key) {
  return attributesOf({ pk, sk });
}

function expressions<Compiled extends CompiledCondition>(compiled: Compiled) {
  const { ExpressionAttributeValues: values, ...rest } = compiled;
  return { ...rest, ...(values && { ExpressionAttributeValues: attributesOf(values) }) };
}
