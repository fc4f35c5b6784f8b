import type { Mutant } from '../mutant.ts';

/** Bugs of the chains of messages that look after groups: rule 29. */
export const SENTINEL_MUTANTS = [
  {
    name: 'sentinel-copies-send-on',
    realBug: 'a message that finds its work done makes sure, and sends the next one once more',
    file: 'functions/sentinel/chain-row.ts',
    find: "return receives > 1 && row.chain === chain + 1 ? 'resend' : 'drop';",
    replace: "return row.chain === chain + 1 ? 'resend' : 'drop';",
  },
  {
    name: 'sentinel-turn-taken-by-all',
    realBug: 'each copy of a message that renews itself renews itself: the queue makes two of one',
    file: 'functions/sentinel/chain-row.ts',
    find: 'condition: and(equals(ATTRIBUTE.chain, chain), exists(ATTRIBUTE.runs)),',
    replace: 'condition: exists(ATTRIBUTE.runs),',
  },
  {
    name: 'sentinel-never-ends',
    realBug: 'a loop by a queue goes on for what is long gone, and is paid for',
    file: 'functions/sentinel/serve.ts',
    find: 'if (isEmpty) {',
    replace: 'if (isEmpty && receives < 0) {',
  },
  {
    name: 'sentinel-end-overlooks-joins',
    realBug: 'the last look found nobody; who came since is told that somebody looks already',
    file: 'functions/sentinel/chain-row.ts',
    find: 'equals(ATTRIBUTE.starts, seen.starts),',
    replace: 'exists(ATTRIBUTE.starts),',
  },
  {
    name: 'sentinel-begun-and-forgotten',
    realBug: 'the row says that the work is under way, and the message was never sent',
    file: 'functions/sentinel/serve.ts',
    find: "if (!runs || receives === 1) return 'running';",
    replace: "if (runs || receives === 1) return 'running';",
  },
  {
    name: 'sentinel-turn-lost-in-a-crash',
    realBug: 'the number is moved on, the process dies, and the repetition takes itself for a copy',
    file: 'functions/sentinel/chain-row.ts',
    find: "return receives > 1 && row.chain === chain + 1 ? 'resend' : 'drop';",
    replace: "return receives > 1 && row.chain === chain ? 'resend' : 'drop';",
  },
  {
    name: 'sentinel-halt-unnoticed',
    realBug: 'a loop that renews itself ends with its first lost message, and nobody notices',
    file: 'functions/sentinel/chain-row.ts',
    find: 'if (!runs) return false;',
    replace: 'if (!runs || dueAt !== 0) return false;',
  },
] as const satisfies readonly Mutant[];
