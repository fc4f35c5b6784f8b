/** What the sweep measures, by the names that its alarm and the dashboard know. */
export const GARBAGE_METRIC = {
  deleted: 'GarbageDeleted',
  spared: 'GarbageSpared',
  failed: 'GarbageFailed',
  /** For how long the pass under way has lasted, or the last one took. */
  passAge: 'GarbagePassAge',
} as const;

/** By which table a metric is told apart from those of others in the account. */
export const GARBAGE_DIMENSION = 'table';
