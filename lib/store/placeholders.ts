import type { Path, Value } from './value.ts';

/** Long enough to read, short of DynamoDB's limits on expressions. */
const LONGEST_STEM = 48;

/**
 * Hands out the placeholders of one request. Every name is aliased, since DynamoDB reserves
 * several hundred words (`owner`, `token` and `ttl` among them). Aliases keep the attribute's name,
 * so that a logged expression can be read without its tables: `#owner = :owner1`.
 */
export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, Value>();

  /** The document path, every name replaced by its alias. */
  path(path: Path): string {
    let text = '';
    for (const segment of path) {
      if (typeof segment === 'number') text += `[${segment}]`;
      else text += `${text === '' ? '' : '.'}${this.#alias(segment)}`;
    }
    return text;
  }

  /** A new placeholder for a value that is meant for `path`. */
  value(path: Path, value: Value): string {
    const name = path.findLast((segment) => typeof segment === 'string');
    const stem = `:${stemOf(name ?? 'value')}`;
    let number = 1;
    while (this.#values.has(`${stem}${number}`)) number += 1;
    this.#values.set(`${stem}${number}`, value);
    return `${stem}${number}`;
  }

  /** The placeholder of a constant. Values end in a number and constants do not: no collisions. */
  constant(name: 'zero' | 'emptyList', value: Value): string {
    this.#values.set(`:${name}`, value);
    return `:${name}`;
  }

  /** The tables behind the placeholders, without empty ones. */
  attributes(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, Value>;
  } {
    const names = [...this.#names].map(([name, alias]) => [alias, name] as const);
    return {
      ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
      ...(this.#values.size > 0 && { ExpressionAttributeValues: Object.fromEntries(this.#values) }),
    };
  }

  #alias(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const taken = new Set(this.#names.values());
    const stem = `#${stemOf(name)}`;
    let alias = stem;
    for (let number = 2; taken.has(alias); number += 1) alias = `${stem}${number}`;
    this.#names.set(name, alias);
    return alias;
  }
}

/** What of a name is legal in a placeholder. */
function stemOf(name: string): string {
  return name.slice(0, LONGEST_STEM).replaceAll(/[^A-Za-z0-9_]/g, '_');
}
