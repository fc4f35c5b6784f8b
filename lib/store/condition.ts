import type { Path, Value } from './value.ts';
import { pathOf } from './value.ts';

/**
 * A condition on one item, as data. `expression.ts` compiles it for DynamoDB, `evaluate.ts` judges
 * it in memory; the property tests hold the two against each other and against real engines.
 */
export type Condition =
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: 'absent'; readonly path: Path }
  | {
      readonly kind: 'compare';
      readonly path: Path;
      readonly operator: Comparison;
      readonly value: Value;
    }
  | { readonly kind: 'and'; readonly all: readonly Condition[] }
  | { readonly kind: 'or'; readonly any: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition };

/**
 * Comparison of a stored value with a given one. When the attribute is missing, or the types
 * differ, every comparison but `<>` is false, and `<>` is true. Order exists for numbers and
 * strings.
 */
export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

export function exists(path: string | Path): Condition {
  return { kind: 'exists', path: pathOf(path) };
}

export function absent(path: string | Path): Condition {
  return { kind: 'absent', path: pathOf(path) };
}

export function compare(path: string | Path, operator: Comparison, value: Value): Condition {
  return { kind: 'compare', path: pathOf(path), operator, value };
}

export function equals(path: string | Path, value: Value): Condition {
  return compare(path, '=', value);
}

/**
 * All of the given conditions. Undefined parts are left out, so that optional clauses read well.
 */
export function and(...parts: readonly (Condition | undefined)[]): Condition {
  return { kind: 'and', all: parts.filter((part) => part !== undefined) };
}

/** Any of the given conditions. Undefined parts are left out. */
export function or(...parts: readonly (Condition | undefined)[]): Condition {
  return { kind: 'or', any: parts.filter((part) => part !== undefined) };
}

export function not(condition: Condition): Condition {
  return { kind: 'not', condition };
}
