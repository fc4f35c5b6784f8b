import {
  type ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Attributes } from './attribute.ts';
import { DynamoConnection } from './dynamo-connection.ts';
import { failureOfRead, outcomeOfError } from './dynamo-errors.ts';
import type { Exchange } from './dynamo-exchange.ts';
import { itemOf, keyCondition, Names, rawOf } from './dynamo-item-expression.ts';
import { rawPart, reasonsOf } from './dynamo-item-transaction.ts';
import type {
  ItemAddress,
  ItemGetResult,
  ItemQuery,
  ItemQueryResult,
  ItemStore,
  ItemWrite,
  ItemWriteResult,
} from './item-store.ts';
import {
  addressOf,
  type CancellationReason,
  type ItemsGetResult,
  type ItemTransaction,
  type ItemTransactionPart,
  type ItemTransactionResult,
} from './item-transaction.ts';
import type { RequestObserver } from './request-observer.ts';
import type { CallOptions } from './store.ts';
import { abortedBeforeSending } from './store-failure.ts';

export interface DynamoItemStoreOptions {
  /** Settings of the SDK's client. Each call is one attempt, whatever they say. */
  readonly client?: DynamoDBClientConfig | undefined;
  /** Told about every request that was sent. Switches `ReturnConsumedCapacity` on. */
  readonly onRequest?: RequestObserver | undefined;
}

/** Items of all tables that the credentials permit, by the SDK. Numbers stay text. */
export class DynamoItemStore implements ItemStore {
  readonly #connection: DynamoConnection;
  /** Whether this engine has ever shown the item that refused a write: it never unlearns that. */
  #showsRefusingItem = false;

  constructor(options: DynamoItemStoreOptions = {}) {
    this.#connection = new DynamoConnection(options);
  }

  async get(request: ItemAddress, { signal }: CallOptions = {}): Promise<ItemGetResult> {
    if (signal?.aborted === true) return { kind: 'failed', failure: abortedBeforeSending(signal) };
    const { table, key } = request;
    const command = new GetItemCommand({
      ...this.#connection.common(table),
      Key: rawOf(key),
      ConsistentRead: true,
    });
    const result = await this.#connection.exchange('get', command, signal);
    const { dateMs } = result;
    if (result.kind === 'error') {
      return { kind: 'failed', failure: failureOfRead({ ...result, table }), dateMs };
    }
    const { Item } = result.output;
    if (Item === undefined) return { kind: 'missing', dateMs };
    return { kind: 'found', item: itemOf(Item), dateMs };
  }

  async query(request: ItemQuery, { signal }: CallOptions = {}): Promise<ItemQueryResult> {
    if (signal?.aborted === true) return { kind: 'failed', failure: abortedBeforeSending(signal) };
    const { table, after } = request;
    const command = new QueryCommand({
      ...this.#connection.common(table),
      ...keyCondition(request),
      ConsistentRead: true,
      ...(after !== undefined && { ExclusiveStartKey: rawOf(after) }),
    });
    const result = await this.#connection.exchange('query', command, signal);
    if (result.kind === 'error') {
      return { kind: 'failed', failure: failureOfRead({ ...result, table }) };
    }
    const { Items = [], LastEvaluatedKey: next } = result.output;
    return { kind: 'page', items: Items.map(itemOf), next: next && itemOf(next) };
  }

  async write(request: ItemWrite, { signal }: CallOptions = {}): Promise<ItemWriteResult> {
    if (signal?.aborted === true) return { kind: 'failed', failure: abortedBeforeSending(signal) };
    const result = await this.#send(request, signal);
    const { dateMs } = result;
    if (result.kind === 'answered') return { kind: 'applied', item: result.output, dateMs };
    const outcome = outcomeOfError({ ...result, table: request.table });
    if (outcome.kind !== 'refused') return { ...outcome, dateMs };
    const { Item } = result.error as ConditionalCheckFailedException;
    if (Item !== undefined) {
      this.#showsRefusingItem = true;
      return { kind: 'refused', item: itemOf(Item), dateMs };
    }
    if (this.#showsRefusingItem) return { kind: 'refused', item: undefined, dateMs };
    // As in `DynamoStore`: an engine that has never shown the item may be one that never does.
    const read = await this.get(request, { signal });
    if (read.kind === 'failed') return read;
    return { kind: 'refused', item: read.kind === 'found' ? read.item : undefined, dateMs };
  }

  async transactWrite(
    { parts, token }: ItemTransaction,
    { signal }: CallOptions = {},
  ): Promise<ItemTransactionResult> {
    if (signal?.aborted === true) return { kind: 'failed', failure: abortedBeforeSending(signal) };
    const command = new TransactWriteItemsCommand({
      ...this.#connection.measured(),
      ClientRequestToken: token,
      TransactItems: parts.map(rawPart),
    });
    const result = await this.#connection.exchange('transact-write', command, signal);
    const { dateMs } = result;
    if (result.kind === 'answered') return { kind: 'applied', dateMs };
    const reasons = reasonsOf(result.error);
    if (reasons !== undefined) {
      return { kind: 'cancelled', reasons: await this.#withItems(parts, reasons, signal), dateMs };
    }
    const request = { ...result, table: tablesOf(parts) };
    const outcome = outcomeOfError(request);
    return outcome.kind === 'refused'
      ? { kind: 'failed', failure: failureOfRead(request), dateMs }
      : { ...outcome, dateMs };
  }

  async transactGet(
    requests: readonly ItemAddress[],
    { signal }: CallOptions = {},
  ): Promise<ItemsGetResult> {
    if (signal?.aborted === true) return { kind: 'failed', failure: abortedBeforeSending(signal) };
    const command = new TransactGetItemsCommand({
      ...this.#connection.measured(),
      TransactItems: requests.map(({ table, key }) => ({
        Get: { TableName: table, Key: rawOf(key) },
      })),
    });
    const result = await this.#connection.exchange('transact-get', command, signal);
    if (result.kind === 'error') {
      const failed = reasonsOf(result.error)?.find(({ kind }) => kind === 'failed');
      if (failed?.kind === 'failed') return failed;
      return {
        kind: 'failed',
        failure: failureOfRead({ ...result, table: tablesOf(requests) }),
      };
    }
    const { Responses: responses = [] } = result.output;
    // An answer for each request, and one without an item for what is not there.
    const items = requests.map((_, index) => {
      const item = responses[index]?.Item;
      return item === undefined || Object.keys(item).length === 0 ? undefined : itemOf(item);
    });
    return { kind: 'read', items };
  }

  /** Closes the connections. Calls under way end as they can; later ones open new ones. */
  close(): void {
    this.#connection.close();
  }

  /** The same reasons with the items that refused, for engines that do not show them. */
  #withItems(
    parts: readonly ItemTransactionPart[],
    reasons: readonly CancellationReason[],
    signal: AbortSignal | undefined,
  ): Promise<readonly CancellationReason[]> {
    const isShown = reasons.some((reason) => reason.kind === 'refused' && reason.item);
    if (isShown) this.#showsRefusingItem = true;
    return Promise.all(
      reasons.map(async (reason, index) => {
        const part = parts[index];
        if (reason.kind !== 'refused' || reason.item !== undefined) return reason;
        if (this.#showsRefusingItem || part === undefined) return reason;
        const address = addressOf(part);
        if (address === undefined) return reason;
        const read = await this.get(address, { signal });
        return read.kind === 'failed'
          ? read
          : { ...reason, item: read.kind === 'found' ? read.item : undefined };
      }),
    );
  }

  async #send(
    request: ItemWrite,
    signal: AbortSignal | undefined,
  ): Promise<Exchange<Attributes | undefined>> {
    const names = new Names();
    const common = {
      ...this.#connection.common(request.table),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    const Key = rawOf(request.key);
    switch (request.kind) {
      case 'put': {
        const Item = rawOf(request.item);
        const command = new PutItemCommand({ ...common, Item, ...names.condition(request) });
        const result = await this.#connection.exchange('put', command, signal);
        return result.kind === 'error' ? result : { ...result, output: request.item };
      }
      case 'update': {
        const update = names.update(request);
        const condition = names.condition(request);
        const command = new UpdateItemCommand({
          ...common,
          ...{ Key, ...update, ...condition, ReturnValues: 'ALL_NEW' as const },
        });
        const result = await this.#connection.exchange('update', command, signal);
        if (result.kind === 'error') return result;
        return { ...result, output: itemOf(result.output.Attributes ?? {}) };
      }
      case 'delete': {
        const command = new DeleteItemCommand({ ...common, Key, ...names.condition(request) });
        const result = await this.#connection.exchange('delete', command, signal);
        return result.kind === 'error' ? result : { ...result, output: undefined };
      }
    }
  }
}

function tablesOf(parts: readonly { readonly table: string }[]): string {
  return [...new Set(parts.map(({ table }) => table))].join("', '");
}
