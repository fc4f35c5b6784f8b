import { appendFileSync, writeFileSync } from 'node:fs';
import { formatLine, type LedgerLine } from './ledger.ts';
import type { Answer } from './messages.ts';

/**
 * Keeps the ledger file, as any store does that knows fencing tokens: it refuses whoever comes with
 * a lower token than the highest it has accepted. It looks at nothing else, and not at the line's
 * number in particular: to keep those in order is the lock's part.
 *
 * It remembers as well what it would have written without looking at tokens.
 */
export class LedgerKeeper {
  readonly path: string;
  readonly #fenced: boolean;
  readonly #unfenced: LedgerLine[] = [];
  #highestToken = 0;

  constructor(path: string, options: { readonly fenced: boolean }) {
    this.path = path;
    this.#fenced = options.fenced;
    writeFileSync(path, '');
  }

  /** The ledger as a keeper without a fence would have it: everything that was ever asked for. */
  get unfenced(): readonly LedgerLine[] {
    return this.#unfenced;
  }

  append(line: LedgerLine): Answer {
    this.#unfenced.push(line);
    if (this.#fenced && line.token < this.#highestToken) return 'refused';
    this.#highestToken = Math.max(this.#highestToken, line.token);
    appendFileSync(this.path, formatLine(line));
    return 'accepted';
  }
}
