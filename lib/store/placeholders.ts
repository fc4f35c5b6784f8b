import type { Path, Value } from './value.ts';

/** Long enough to read, short of DynamoDB's limits on expressions. */
const LONGEST_STEM = 48;

/**
 * Hands out the placeholders of one request. Every name is aliased, since DynamoDB reserves
 * several hundred words (`owner`, `token` and `ttl` among them). Aliases keep the attribute's name,
 * so that a logged expression can be read without its tables: `#owner = :owner1`.
 */
export class Placeholders {
  readonly #aliases = new Map<string, string>();
  /** Both tables as the request carries them. Their keys begin with `#` and `:`. */
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, Value> = {};

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
    while (`${stem}${number}` in this.#values) number += 1;
    this.#values[`${stem}${number}`] = value;
    return `${stem}${number}`;
  }

  /** The placeholder of a constant. Values end in a number and constants do not: no collisions. */
  constant(name: 'zero' | 'emptyList', value: Value): string {
    this.#values[`:${name}`] = value;
    return `:${name}`;
  }

  /** The tables behind the placeholders, without empty ones. */
  attributes(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, Value>;
  } {
    return {
      ...(this.#aliases.size > 0 && { ExpressionAttributeNames: this.#names }),
      ...(Object.keys(this.#values).length > 0 && { ExpressionAttributeValues: this.#values }),
    };
  }

  #alias(name: string): string {
    const known = this.#aliases.get(name);
    if (known !== undefined) return known;
    const stem = `#${stemOf(name)}`;
    let alias = stem;
    for (let number = 2; alias in this.#names; number += 1) alias = `${stem}${number}`;
    this.#aliases.set(name, alias);
    this.#names[alias] = name;
    return alias;
  }
}

/** What of a name is legal in a placeholder. */
function stemOf(name: string): string {
  return name.slice(0, LONGEST_STEM).replaceAll(/[^A-Za-z0-9_]/g, '_');
}
