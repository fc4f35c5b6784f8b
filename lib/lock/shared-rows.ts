import type { CloseReport } from '../lease/close.ts';
import type { Runtime } from '../runtime.ts';
import { type SharedKind, sharedKey } from '../store/shared-schema.ts';
import type { Key } from '../store/value.ts';

/** What one process does with one shared row, kept for what it has observed. */
export interface SharedRow {
  /** Whether forgetting it would lose nothing. */
  readonly isIdle: boolean;
  /** Gives back what it holds, once nobody can ask for more. */
  close(): Promise<CloseReport>;
}

/** Idle rows are kept for what they have observed, but not without bound. */
const IDLE_ROWS_MAX = 1_000;
const ROWS = new WeakMap<Runtime, Map<string, SharedRow>>();

/** The one object of this process for the row of that kind and name. */
export function sharedRow<Row extends SharedRow>(
  runtime: Runtime,
  kind: SharedKind,
  name: string,
  make: (key: Key, title: string) => Row,
): Row {
  const key = sharedKey(runtime.namespace, kind, name);
  const rows = ROWS.get(runtime) ?? begin(runtime);
  const known = rows.get(key.pk);
  if (known !== undefined) return known as Row;
  if (rows.size >= IDLE_ROWS_MAX) {
    for (const [pk, row] of rows) if (row.isIdle) rows.delete(pk);
  }
  const row = make(key, `${kind} '${name}'`);
  rows.set(key.pk, row);
  return row;
}

function begin(runtime: Runtime): Map<string, SharedRow> {
  const rows = new Map<string, SharedRow>();
  ROWS.set(runtime, rows);
  runtime.closers.add(async () => {
    const reports = await Promise.all([...rows.values()].map((row) => row.close()));
    return {
      released: reports.reduce((sum, { released }) => sum + released, 0),
      unreleased: reports.flatMap(({ unreleased }) => unreleased),
    };
  });
  return rows;
}
