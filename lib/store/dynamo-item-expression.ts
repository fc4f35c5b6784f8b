import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Attribute, Attributes } from './attribute.ts';
import type { ItemClause, ItemQuery, ItemWrite } from './item-store.ts';

export type RawItem = Record<string, AttributeValue>;

/** Aliases and values of one request. Nothing of a user's may meet a reserved word. */
export class Names {
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
  condition({ condition = [] }: Pick<ItemWrite, 'condition'>) {
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

export function keyCondition({ partition, sort }: ItemQuery) {
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
export function rawOf(attributes: Attributes): RawItem {
  return attributes as RawItem;
}

export function itemOf(raw: RawItem): Attributes {
  return raw as Attributes;
}
