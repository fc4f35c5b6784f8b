import type { Mutant } from '../mutant.ts';

const ATTEMPT = 'lib/lock/locks-attempt.ts';
const DOUBT = 'lib/lock/locks-doubt.ts';
const REQUEST = 'lib/lock/locks-request.ts';

/** Bugs in taking several locks by one native request. */
export const TOGETHER_MUTANTS = [
  {
    name: 'together-unknown-is-failed',
    realBug: 'a request that stayed unanswered is followed by another one, which finds all held',
    file: ATTEMPT,
    find: "if (answer.kind === 'unknown') this.#doubtful = { request, sent };",
    replace: '',
  },
  {
    name: 'together-own-rows-unknown',
    realBug: 'who is refused by rows of its own takes itself for somebody else',
    file: ATTEMPT,
    find: 'if (row.owner?.id === request.id) return this.#granted(request, sent, answer);',
    replace: '',
  },
  {
    name: 'together-dated-by-last-copy',
    realBug: 'the lease is counted from the copy that was answered, and the first one took effect',
    file: ATTEMPT,
    find: 'const sent = this.#doubtful?.sent ?? answer.sent;',
    replace: 'const { sent } = answer;',
  },
  {
    name: 'together-granted-too-late',
    realBug: 'the answer comes when the leases are over, and is handed out all the same',
    file: ATTEMPT,
    find: 'if (isValid && !closing.aborted)',
    replace: 'if ((isValid || grants.length > 0) && !closing.aborted)',
  },
  {
    name: 'together-kept-at-closing',
    realBug: 'what arrives while the instance closes is handed out after it has closed',
    file: ATTEMPT,
    find: 'if (isValid && !closing.aborted)',
    replace: 'if (isValid)',
  },
  {
    name: 'together-blames-another',
    realBug: 'the reasons of a cancellation are read as if one stood for all',
    file: ATTEMPT,
    find: "held = { kind: 'held-by-other', index, row };",
    replace: "held = { kind: 'held-by-other', index: 0, row };",
  },
  {
    name: 'together-late-request-forgotten',
    realBug: 'a request that was given up arrives, and holds all locks for nobody',
    file: ATTEMPT,
    find: 'if (doubtful !== undefined) await disown(',
    replace: 'if (doubtful !== undefined && lines.length === 0) await disown(',
  },
  {
    name: 'together-late-request-unwatched',
    realBug: 'a request arrives when the holder that it was refused by is gone, and holds for ever',
    file: DOUBT,
    find: 'if (session !== undefined && (granted ?? 0) < token)',
    replace: 'if (session !== undefined && granted === token + 1)',
  },
  {
    name: 'together-undone-in-part',
    realBug: 'one row decided what became of all, so one row is given back',
    file: DOUBT,
    find: 'lines.map(async ({ client }, index) => {',
    replace: 'lines.slice(0, 1).map(async ({ client }, index) => {',
  },
  {
    name: 'together-outdates-holders',
    realBug: 'to keep a late request out, the token of somebody who holds the lock is raised',
    file: REQUEST,
    find: `      absent(ATTRIBUTE.owner),
      or(`,
    replace: `      absent(ATTRIBUTE.revokes),
      or(`,
  },
  {
    name: 'together-ignores-transactions',
    realBug: 'the clause that every other write gets on its way is missing in a native request',
    file: REQUEST,
    find: 'condition: and(condition, unlocked)',
    replace: 'condition: and(condition, unlocked.kind === "absent" ? undefined : unlocked)',
  },
  {
    name: 'together-goes-on-unwanted',
    realBug: 'the caller has given up, and what comes of his request is kept',
    file: 'lib/lock/lock-set.ts',
    find: '(late) => late?.acquired && late.hold.release()',
    replace: '() => undefined',
  },
] as const satisfies readonly Mutant[];
