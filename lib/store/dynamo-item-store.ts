import {
  type AttributeValue,
  type ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Attribute, Attributes } from './attribute.ts';
import { DynamoConnection } from './dynamo-connection.ts';
import { failureOfRead, outcomeOfError } from './dynamo-errors.ts';
import type { Exchange } from './dynamo-exchange.ts';
import type {
  ItemAddress,
  ItemClause,
  ItemGetResult,
  ItemQuery,
  ItemQueryResult,
  ItemStore,
  ItemWrite,
  ItemWriteResult,
} from './item-store.ts';
import type { RequestObserver } from './request-observer.ts';
import type { CallOptions } from './store.ts';
import { abortedBeforeSending } from './store-failure.ts';

export interface DynamoItemStoreOptions {
  /** Settings of the SDK's client. Each call is one attempt, whatever they say. */
  readonly client?: DynamoDBClientConfig | undefined;
  /** Told about every request that was sent. Switches `ReturnConsumedCapacity` on. */
  readonly onRequest?: RequestObserver | undefined;
}

type RawItem = Record<string, AttributeValue>;

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

  /** Closes the connections. Calls under way end as they can; later ones open new ones. */
  close(): void {
    this.#connection.close();
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

/** Aliases and values of one request. Nothing of a user's may meet a reserved word. */
class Names {
  readonly #aliases = new Map<string, string>();
  readonly #values: RawItem = {};
  #count = 0;

  update({ set = {}, remove = [] }: ItemWrite & { kind: 'update' }) {
    const sets = Object.entries(set).map(
      ([name, value]) => `${this.path([name])} = ${this.value(value)}`,
    );
    const removes = remove.map((name) => this.path([name]));
    const clauses = [
      sets.length > 0 ? `SET ${sets.join(', ')}` : '',
      removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '',
    ];
    const text = clauses.filter((clause) => clause !== '').join(' ');
    return text === '' ? {} : { UpdateExpression: text };
  }

  /** The condition, and all aliases and values so far: to be asked for last. */
  condition({ condition = [] }: ItemWrite) {
    const text = condition.map((clause) => this.#textOf(clause)).join(' AND ');
    return {
      ...(text !== '' && { ConditionExpression: text }),
      ...this.attributes(),
    };
  }

  attributes() {
    const names = Object.fromEntries([...this.#aliases].map(([name, alias]) => [alias, name]));
    return {
      ...(this.#aliases.size > 0 && { ExpressionAttributeNames: names }),
      ...(this.#count > 0 && { ExpressionAttributeValues: this.#values }),
    };
  }

  path(path: readonly string[]): string {
    return path.map((name) => this.#alias(name)).join('.');
  }

  value(value: Attribute): string {
    const placeholder = `:v${this.#count}`;
    this.#count += 1;
    this.#values[placeholder] = value as AttributeValue;
    return placeholder;
  }

  #textOf(clause: ItemClause): string {
    if (clause.kind === 'any')
      return `(${clause.of.map((each) => this.#textOf(each)).join(' OR ')})`;
    const path = this.path(clause.path);
    switch (clause.kind) {
      case 'exists':
        return `attribute_exists(${path})`;
      case 'absent':
        return `attribute_not_exists(${path})`;
      case 'equals':
        return `${path} = ${this.value(clause.value)}`;
      case 'below':
        return `${path} < ${this.value({ N: `${clause.value}` })}`;
    }
  }

  #alias(name: string): string {
    const alias = this.#aliases.get(name) ?? `#n${this.#aliases.size}`;
    this.#aliases.set(name, alias);
    return alias;
  }
}

function keyCondition({ partition, sort }: ItemQuery) {
  const names = new Names();
  let text = `${names.path([partition[0]])} = ${names.value(partition[1])}`;
  if (sort !== undefined && 'prefix' in sort) {
    text += ` AND begins_with(${names.path([sort.name])}, ${names.value(sort.prefix)})`;
  } else if (sort !== undefined) {
    const [from, to] = [names.value(sort.from), names.value(sort.to)];
    text += ` AND ${names.path([sort.name])} BETWEEN ${from} AND ${to}`;
  }
  return { KeyConditionExpression: text, ...names.attributes() };
}

/** The SDK's own types are the same notation, but know more than it has, and may be written to. */
function rawOf(attributes: Attributes): RawItem {
  return attributes as RawItem;
}

function itemOf(raw: RawItem): Attributes {
  return raw as Attributes;
}
