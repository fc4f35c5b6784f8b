import { deriveDeadline } from '../core/abort.ts';
import { sleep } from '../core/clock.ts';
import { CONFIG_ATTRIBUTE as A, READER_PREFIX, readerKey } from '../store/config-schema.ts';
import { RowFields } from '../store/row-fields.ts';
import { ATTRIBUTE } from '../store/schema.ts';
import { set, setOrRemove } from '../store/update.ts';
import type { Item } from '../store/value.ts';
import type { DocumentTable } from './document-table.ts';

/** What a process says of the document. */
export interface ReaderReport {
  /** The process, as it calls itself. */
  readonly label: string;
  readonly version: number;
  readonly state: 'applied' | 'rejected';
  /** Why it rejects the version. */
  readonly issues: readonly string[];
  /** When it said so, epoch milliseconds on the table's clock. */
  readonly reportedAt: number;
}

/** What waiting for a version has come to. */
export interface Convergence {
  readonly outcome: 'converged' | 'rejected' | 'timeout';
  /** How many processes run the version, of how many that report. */
  readonly applied: number;
  readonly total: number;
  readonly rejected: readonly ReaderReport[];
}

export interface ConvergenceRequest {
  readonly version: number;
  readonly quorum: number;
  readonly readersMin: number;
  readonly failOnReject: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** How often a process repeats what it says, so that others see that it lives. */
export const REPORT_EVERY_MS = 300_000;
const SILENT_MS = 3 * REPORT_EVERY_MS;
const LOOK_EVERY_MS = 500;
const ISSUES_MAX = 5;
const ISSUE_LENGTH_MAX = 200;

/** Says what this process runs, in a row of its own. */
export class Reporter {
  readonly #table: DocumentTable;
  readonly #id: string;
  #said = '';
  #saidMs = Number.NEGATIVE_INFINITY;

  constructor(table: DocumentTable) {
    this.#table = table;
    this.#id = table.runtime.random.id();
  }

  /** Says it, if that is news or was said long ago. One write unit. */
  async report(
    version: number,
    state: ReaderReport['state'],
    issues: readonly string[] = [],
  ): Promise<void> {
    const { runtime, key } = this.#table;
    const saying = JSON.stringify([version, state, issues]);
    const isOld = runtime.clock.monotonicMs() - this.#saidMs >= REPORT_EVERY_MS;
    if (saying === this.#said && !isOld) return;
    const reportedAt = Math.floor(runtime.tableClock.now()?.latest ?? 0);
    const shortIssues = issues.slice(0, ISSUES_MAX).map((each) => each.slice(0, ISSUE_LENGTH_MAX));
    this.#said = saying;
    this.#saidMs = runtime.clock.monotonicMs();
    const result = await runtime.store.write({
      kind: 'update',
      key: readerKey(key, this.#id),
      actions: [
        set(ATTRIBUTE.ownerLabel, runtime.label),
        set(A.version, version),
        set(A.state, state),
        set(A.reportedAt, reportedAt),
        setOrRemove(A.issues, shortIssues.length === 0 ? undefined : shortIssues),
        set(ATTRIBUTE.ttl, Math.ceil(reportedAt / 1_000) + 86_400),
      ],
    });
    // It is said again with the next look.
    if (result.kind !== 'applied') this.#said = '';
  }

  /** Takes it back: the process leaves. */
  async leave(): Promise<void> {
    if (this.#saidMs === Number.NEGATIVE_INFINITY) return;
    const key = readerKey(this.#table.key, this.#id);
    await this.#table.runtime.store.write({ kind: 'delete', key });
  }
}

/** What every process that reports says now. A page of half a read unit for each 4 KB. */
export async function readReports(table: DocumentTable): Promise<readonly ReaderReport[]> {
  const { runtime, key } = table;
  const patience = table.patience();
  const reports: ReaderReport[] = [];
  for (let after: string | undefined; ; ) {
    runtime.closing.throwIfAborted();
    const request = { pk: key.pk, range: { prefix: READER_PREFIX }, consistent: true };
    const page = await runtime.store.query(after === undefined ? request : { ...request, after });
    if (page.kind === 'failed') {
      await patience.failure(page.failure);
      continue;
    }
    reports.push(...page.items.map(reportOf));
    after = page.next;
    if (after === undefined) break;
  }
  const time = runtime.tableClock.now();
  return reports.filter(({ reportedAt }) => !(time && time.earliest - reportedAt > SILENT_MS));
}

/** Waits until enough processes run the version, one rejects it, or the time is over. */
export async function awaitConvergence(
  table: DocumentTable,
  request: ConvergenceRequest,
): Promise<Convergence> {
  const { version, quorum, readersMin, failOnReject, timeoutMs, signal } = request;
  const { clock, closing } = table.runtime;
  const late = () => new Error('the time to converge is over');
  const stop = deriveDeadline(clock, timeoutMs, late, signal, closing);
  try {
    for (;;) {
      const reports = await readReports(table);
      const about = reports.filter((report) => report.version === version);
      const rejected = about.filter(({ state }) => state === 'rejected');
      const applied = about.length - rejected.length;
      const total = reports.length;
      const isEnough = total >= readersMin && applied >= Math.ceil(quorum * total);
      const result = { applied, total, rejected };
      if (failOnReject && rejected.length > 0) return { outcome: 'rejected', ...result };
      if (isEnough) return { outcome: 'converged', ...result };
      await sleep(clock, LOOK_EVERY_MS, stop.signal);
      signal?.throwIfAborted();
      closing.throwIfAborted();
      if (stop.signal.aborted) return { outcome: 'timeout', ...result };
    }
  } finally {
    stop.dispose();
  }
}

function reportOf(item: Item): ReaderReport {
  const row = new RowFields(item);
  return {
    label: row.optionalText(ATTRIBUTE.ownerLabel) ?? '',
    version: row.optionalCount(A.version) ?? 0,
    state: row.optionalText(A.state) === 'rejected' ? 'rejected' : 'applied',
    issues: row.list(A.issues).map(String),
    reportedAt: row.optionalCount(A.reportedAt) ?? 0,
  };
}
