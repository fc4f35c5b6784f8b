/** What the arena and its contenders tell each other. Times are milliseconds of {@link nowMs}. */
export type FromContender =
  /** It called acquire at `calledAtMs`, holds the lock and waits for leave to write. */
  | {
      readonly kind: 'granted';
      readonly token: number;
      readonly calledAtMs: number;
      readonly atMs: number;
    }
  | {
      readonly kind: 'wrote';
      readonly id: string;
      readonly token: number;
      readonly outcome: 'accepted' | 'refused' | 'unknown';
      readonly calledAtMs: number;
      readonly atMs: number;
      /** Whether the hold had noticed by then that it was lost. */
      readonly knewOfLoss: boolean;
    };

export interface ContenderSettings {
  readonly endpoint: string;
  readonly table: string;
  readonly userTable: string;
  readonly lock: string;
  readonly name: string;
  readonly leaseMs: number;
  /** Whether its writes carry the fence; without it, the table has no way to refuse a late one. */
  readonly fenced: boolean;
  /** By how much the contender's wall clock is wrong. */
  readonly skewMs: number;
}

/** One clock for all processes of a machine: the monotonic one, anchored when each began. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
