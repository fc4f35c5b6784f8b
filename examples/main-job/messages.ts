/** What the main process and its workers tell each other, and with what a worker is started. */

/** What a worker needs to know. Passed as JSON on its command line. */
export interface WorkerSettings {
  readonly name: string;
  readonly table: string;
  readonly namespace: string;
  /** The table with the ledger's head row: the user's own, not the library's. */
  readonly ledgerTable: string;
  readonly ledgerId: string;
  readonly ledgerPath: string;
  readonly clientConfig: Readonly<Record<string, unknown>>;
  readonly leaseMs: number;
  readonly requestTimeoutMs: number;
  /** False for the demonstration of what happens without. */
  readonly fenced: boolean;
}

/** What a process can be granted: the lock on the ledger, or the leadership. */
export type Prize = 'lock' | 'election';

/** Places within the critical section at which a worker can be made to stand still. */
export type Point = 'read' | 'stamped' | 'appended';

/** How a store answered a write that carries a token. */
export type Answer = 'accepted' | 'refused';

/** What a worker reports. Times are those of `machineMs()`. */
export type WorkerReport =
  /** Loaded, and about to begin. */
  | { readonly kind: 'ready'; readonly atMs: number }
  | { readonly kind: 'granted'; readonly atMs: number; readonly of: Prize; readonly token: number }
  | {
      readonly kind: 'at-point';
      readonly atMs: number;
      readonly token: number;
      readonly point: Point;
      readonly line: number;
    }
  | {
      readonly kind: 'wrote';
      readonly atMs: number;
      readonly token: number;
      readonly line: number;
      readonly table: Answer;
      readonly keeper: Answer;
    }
  /** About to release or resign: from here on the process does not believe that it holds. */
  | {
      readonly kind: 'giving-up';
      readonly atMs: number;
      readonly of: Prize;
      readonly token: number;
      readonly requests: number;
    }
  | {
      readonly kind: 'given-up';
      readonly atMs: number;
      readonly of: Prize;
      readonly token: number;
      readonly outcome: string;
    }
  | {
      readonly kind: 'lost';
      readonly atMs: number;
      readonly of: Prize;
      readonly token: number;
      readonly reason: string;
      /** Until when the hold had last promised to be valid. */
      readonly believedUntilMs: number;
    }
  | { readonly kind: 'finished'; readonly atMs: number; readonly requests: number }
  | { readonly kind: 'failed'; readonly atMs: number; readonly message: string };

/** A worker's request to the keeper of the ledger. Answered with an `append-answer`. */
export interface AppendRequest {
  readonly kind: 'append';
  readonly request: number;
  readonly token: number;
  readonly line: number;
}

/** What the main process tells a worker. */
export type Control =
  | { readonly kind: 'append-answer'; readonly request: number; readonly answer: Answer }
  /** Stand still at this point of the next critical section, and say so. */
  | { readonly kind: 'stand-at'; readonly point: Point }
  | { readonly kind: 'go-on' }
  | { readonly kind: 'resign' }
  | { readonly kind: 'finish' };
