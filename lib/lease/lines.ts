import type { Runtime } from '../runtime.ts';
import { type OwnershipKind, ownershipKey } from '../store/schema.ts';
import { OwnershipLine } from './line.ts';
import { SessionWatch } from './session-watch.ts';

/** Idle lines are kept for what they have observed, but not without bound. */
const IDLE_LINES_MAX = 1_000;

/** The lines of one process: one for each ownership row that it has to do with. */
export class OwnershipLines {
  readonly #runtime: Runtime;
  readonly #sessions: SessionWatch;
  readonly #lines = new Map<string, OwnershipLine>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#sessions = new SessionWatch(runtime);
  }

  /** The line of a name. Ask anew for each use: an idle one may be forgotten, and be another. */
  line(kind: OwnershipKind, name: string): OwnershipLine {
    const key = ownershipKey(this.#runtime.namespace, kind, name);
    const known = this.#lines.get(key.pk);
    if (known !== undefined) return known;
    this.#dropIdle();
    const line = new OwnershipLine(this.#runtime, this.#sessions, `${kind} '${name}'`, key);
    this.#lines.set(key.pk, line);
    return line;
  }

  all(): readonly OwnershipLine[] {
    return [...this.#lines.values()];
  }

  #dropIdle(): void {
    if (this.#lines.size < IDLE_LINES_MAX) return;
    for (const [pk, line] of this.#lines) if (line.isIdle) this.#lines.delete(pk);
  }
}
