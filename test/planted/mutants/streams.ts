import type { Mutant } from '../mutant.ts';

/** Bugs by which a change is told to nobody, or in place of a later one; and of the local table. */
export const STREAM_MUTANTS = [
  {
    name: 'refused-events-forgotten',
    realBug: 'the request succeeded, so its entries did: nobody looks at the failed ones',
    file: 'functions/fanout/fan-out.ts',
    find: 'if (refused.length > 0) {',
    replace: 'if (refused.length === request.length) {',
  },
  {
    name: 'failed-entries-unseen',
    realBug: 'an entry counts as taken unless its answer has an error, also when it has no answer',
    file: 'functions/fanout/entries.ts',
    find: "return result?.EventId === undefined ? (result?.ErrorCode ?? 'NoAnswer') : undefined;",
    replace: 'return result?.ErrorCode;',
  },
  {
    name: 'first-change-told',
    realBug: 'repetitions are dropped by topic, and what is kept is the oldest',
    file: 'functions/fanout/coalesce.ts',
    find: 'latest.delete(topic);',
    replace: 'if (latest.has(topic)) continue;',
  },
  {
    name: 'garbage-deleted-unseen',
    realBug:
      'what was expired when it was read is deleted, also when its owner has come back since',
    file: 'functions/garbage/expired.ts',
    find: ', condition: equals(TTL_ATTRIBUTE, ttl) }',
    replace: ' }',
  },
  {
    name: 'garbage-lost-with-a-page',
    realBug: 'the cursor moves on although deletions of its page have failed',
    file: 'functions/garbage/sweep.ts',
    find: 'if (isDone) position = page.next;',
    replace: 'position = page.next;',
  },
  {
    name: 'join-told-as-change',
    realBug:
      'of a join and a change in one batch the change is told, and who waits for joins is not',
    file: 'functions/fanout/coalesce.ts',
    find: 'begins(earlier, change) ? { ...change, ...beginningOf(earlier) } : change);',
    replace: 'change);',
  },
  {
    name: 'checkpoint-beyond-handled',
    realBug: 'the iterator goes on before the function has answered: at most once (a test tool)',
    file: 'lib/local/stream-bridge/settled.ts',
    find: 'if (next === undefined || this.#open.has(next)) break;',
    replace: 'if (next === undefined) break;',
  },
  {
    name: 'child-beside-parent',
    realBug: 'all shards that a stream lists are read at once, children along with their parents',
    file: 'lib/local/stream-bridge/lineage.ts',
    find: "return progress.get(parentId)?.kind === 'finished';",
    replace: 'return true;',
  },
  {
    name: 'failed-batch-last',
    realBug: 'a failed batch goes to the end of the line, behind later changes of its items',
    file: 'lib/local/stream-bridge/delivery.ts',
    find: 'waiting.unshift(...again);',
    replace: 'waiting.push(...again);',
  },
  {
    name: 'local-table-stops-at-work',
    realBug:
      'a server is closed with its store, between a read and the write that follows (dynalite)',
    file: 'lib/local/local-table.ts',
    find: 'gate.close().then(() => close(server));',
    replace: 'close(server);',
  },
] as const satisfies readonly Mutant[];
