import type { Runtime } from '../runtime.ts';
import type { QueryRequest } from '../store/store.ts';
import type { Item } from '../store/value.ts';

/** All rows that a query asks for, page after page; `undefined`: the table did not give one. */
export async function queryAll(
  runtime: Runtime,
  request: Omit<QueryRequest, 'after' | 'limit'>,
): Promise<readonly Item[] | undefined> {
  const items: Item[] = [];
  for (let after: string | undefined; ; ) {
    const page = await runtime.store.query({ ...request, after });
    if (page.kind === 'failed') return undefined;
    items.push(...page.items);
    if (page.next === undefined) return items;
    after = page.next;
  }
}
