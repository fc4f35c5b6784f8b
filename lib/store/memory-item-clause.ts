import { type Attribute, type Attributes, textOfAttributes } from './attribute.ts';
import { orderOf } from './document.ts';
import type { ItemClause, ItemQuery, SortRange } from './item-store.ts';

/** Whether a clause of a condition holds of an item. */
export function holds(clause: ItemClause, item: Attributes | undefined): boolean {
  if (clause.kind === 'any') return clause.of.some((each) => holds(each, item));
  const found = lookup(item, clause.path);
  if (clause.kind === 'exists') return found !== undefined;
  if (clause.kind === 'absent') return found === undefined;
  if (clause.kind === 'below') {
    return found !== undefined && 'N' in found && Number(found.N) < clause.value;
  }
  return (
    found !== undefined &&
    textOfAttributes({ it: found }) === textOfAttributes({ it: clause.value })
  );
}

function lookup(item: Attributes | undefined, path: readonly string[]): Attribute | undefined {
  let within = item;
  let found: Attribute | undefined;
  for (const name of path) {
    found = within !== undefined && Object.hasOwn(within, name) ? within[name] : undefined;
    within = found !== undefined && 'M' in found ? found.M : undefined;
  }
  return found;
}

/** Whether a key is one that a query asks for. */
export function isWithin(key: Attributes, { partition, sort }: ItemQuery): boolean {
  const [name, value] = partition;
  const own = key[name];
  if (own === undefined || compare(own, value) !== 0) return false;
  return sort === undefined || isInRange(key[sort.name], sort);
}

function isInRange(value: Attribute | undefined, range: SortRange): boolean {
  if (value === undefined) return false;
  if ('prefix' in range) {
    const { prefix } = range;
    return 'S' in value && 'S' in prefix && value.S.startsWith(prefix.S);
  }
  return compare(value, range.from) >= 0 && compare(value, range.to) <= 0;
}

/** Items of one partition differ in one attribute at most: the sort key. */
export function sortOrder(left: Attributes, right: Attributes, { partition }: ItemQuery): number {
  const name = Object.keys(left).find((candidate) => candidate !== partition[0]);
  const [one, other] = name === undefined ? [] : [left[name], right[name]];
  return one === undefined || other === undefined ? 0 : compare(one, other);
}

function compare(left: Attribute, right: Attribute): number {
  if ('N' in left && 'N' in right) return Number(left.N) - Number(right.N);
  if ('S' in left && 'S' in right) return orderOf(left.S, right.S) ?? 0;
  if ('B' in left && 'B' in right) return Buffer.compare(left.B, right.B);
  return 1;
}
