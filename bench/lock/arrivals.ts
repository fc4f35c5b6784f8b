import { ATTRIBUTE } from '../../lib/store/schema.ts';
import type { WriteResult } from '../../lib/store/store.ts';
import type { Value } from '../../lib/store/value.ts';

/**
 * Checks that a line is served in order of arrival, by what the table's own answers show: whoever
 * joins sees who stands before it, and none of them may be granted the row later than it.
 */
export class Arrivals {
  readonly #joined: { readonly id: string; readonly before: readonly string[] }[] = [];
  readonly #tokens = new Map<string, number>();

  note(result: WriteResult): void {
    if (result.kind !== 'applied' || result.item === undefined) return;
    const { item } = result;
    const owner = item[ATTRIBUTE.owner];
    const token = item[ATTRIBUTE.token];
    if (typeof owner === 'string' && typeof token === 'number') this.#tokens.set(owner, token);
    const line = idsOf(item[ATTRIBUTE.queue]);
    const last = line.at(-1);
    // A transition carries an event, joining does not.
    if (last === undefined || item[ATTRIBUTE.event] !== undefined) return;
    this.#joined.push({ id: last, before: line.slice(0, -1) });
  }

  /** How many waiters were overtaken by somebody who had come after them. */
  get overtaken(): number {
    return this.#joined.reduce((count, { id, before }) => {
      const token = this.#tokens.get(id) ?? Number.POSITIVE_INFINITY;
      return count + before.filter((other) => (this.#tokens.get(other) ?? token) > token).length;
    }, 0);
  }

  /** How many have joined the line. */
  get joined(): number {
    return this.#joined.length;
  }
}

function idsOf(queue: Value | undefined): string[] {
  if (!Array.isArray(queue)) return [];
  return queue.flatMap((entry: Value) =>
    typeof entry === 'object' && entry !== null && 'id' in entry ? [String(entry.id)] : [],
  );
}
