import { CLOCK_MUTANTS } from './mutants/clock.ts';
import { CONFIG_MUTANTS } from './mutants/config.ts';
import { ELECTION_MUTANTS } from './mutants/election.ts';
import { FENCING_MUTANTS } from './mutants/fencing.ts';
import { GROUP_MUTANTS } from './mutants/group.ts';
import { ITEM_MUTANTS } from './mutants/item.ts';
import { LEADING_MUTANTS } from './mutants/leading.ts';
import { MEETING_MUTANTS } from './mutants/meeting.ts';
import { NAMING_MUTANTS } from './mutants/naming.ts';
import { NATIVE_MUTANTS } from './mutants/native.ts';
import { OWNER_MUTANTS } from './mutants/owner.ts';
import { OWNERSHIP_MUTANTS } from './mutants/ownership.ts';
import { POOL_MUTANTS } from './mutants/pool.ts';
import { QUEUE_MUTANTS } from './mutants/queue.ts';
import { ROW_LOCK_MUTANTS } from './mutants/row-locks.ts';
import { SENTINEL_MUTANTS } from './mutants/sentinel.ts';
import { SESSION_MUTANTS } from './mutants/session.ts';
import { SEVERAL_MUTANTS } from './mutants/several.ts';
import { STREAM_MUTANTS } from './mutants/streams.ts';
import { TOGETHER_MUTANTS } from './mutants/together.ts';
import { TRANSACTION_MUTANTS } from './mutants/transaction.ts';
import { UNKNOWN_MUTANTS } from './mutants/unknown.ts';
import { WAITING_MUTANTS } from './mutants/waiting.ts';
import { WATCHING_MUTANTS } from './mutants/watching.ts';

/** Every planted bug, by name. The simulator looks for them, and directed tests show each. */
export const MUTANTS = [
  ...CLOCK_MUTANTS,
  ...OWNERSHIP_MUTANTS,
  ...OWNER_MUTANTS,
  ...UNKNOWN_MUTANTS,
  ...QUEUE_MUTANTS,
  ...WAITING_MUTANTS,
  ...ELECTION_MUTANTS,
  ...LEADING_MUTANTS,
  ...FENCING_MUTANTS,
  ...POOL_MUTANTS,
  ...MEETING_MUTANTS,
  ...ROW_LOCK_MUTANTS,
  ...SESSION_MUTANTS,
  ...SEVERAL_MUTANTS,
  ...TOGETHER_MUTANTS,
  ...ITEM_MUTANTS,
  ...NAMING_MUTANTS,
  ...STREAM_MUTANTS,
  ...SENTINEL_MUTANTS,
  ...WATCHING_MUTANTS,
  ...GROUP_MUTANTS,
  ...CONFIG_MUTANTS,
  ...TRANSACTION_MUTANTS,
  ...NATIVE_MUTANTS,
] as const;

export type MutantName = (typeof MUTANTS)[number]['name'];
