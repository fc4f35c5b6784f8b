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
    const { value: first } = stemsOf(name ?? 'value');
    let placeholder = first;
    for (let number = 2; placeholder in this.#values; number += 1) {
      placeholder = `${first.slice(0, -1)}${number}`;
    }
    this.#values[placeholder] = value;
    return placeholder;
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
    const { alias: first } = stemsOf(name);
    let alias = first;
    for (let number = 2; alias in this.#names; number += 1) alias = `${first}${number}`;
    this.#aliases.set(name, alias);
    this.#names[alias] = name;
    return alias;
  }
}

/** The first placeholders that a name gets: its alias, and that of a value meant for it. */
interface Stems {
  readonly alias: string;
  readonly value: string;
}

/** Joining strings takes longer than all the rest of compiling, and the few names come again. */
const known = new Map<string, Stems>();
const KNOWN_MAX = 1_000;

function stemsOf(name: string): Stems {
  let stems = known.get(name);
  if (stems === undefined) {
    const stem = name.slice(0, LONGEST_STEM).replaceAll(/[^A-Za-z0-9_]/g, '_');
    stems = { alias: `#${stem}`, value: `:${stem}1` };
    if (known.size < KNOWN_MAX) known.set(name, stems);
  }
  return stems;
}
