import type { Chooser } from './choices.ts';
import { type ConfigScenario, runConfigScenario } from './config-scenario.ts';
import { type ElectionScenario, runElectionScenario } from './election-scenario.ts';
import { type ExportScenario, runExportScenario } from './export-scenario.ts';
import { type GroupScenario, runGroupScenario } from './group-scenario.ts';
import { type ItemScenario, runItemScenario } from './item-scenario.ts';
import { type LockScenario, runLockScenario } from './lock-scenario.ts';
import { type LocksScenario, runLocksScenario } from './locks-scenario.ts';
import { type LocksTogetherScenario, runLocksTogetherScenario } from './locks-together-scenario.ts';
import { type PermitScenario, runPermitScenario } from './permit-scenario.ts';
import type { FaultBudget } from './schedule.ts';
import { runSentinelScenario, SENTINEL_FAULTS } from './sentinel-scenario.ts';
import { runSessionScenario, type SessionScenario } from './session-scenario.ts';
import { runSharedScenario, type SharedUse } from './shared-scenario.ts';
import type { Thing } from './things.ts';
import { runTransactionScenario, type TransactionScenario } from './transaction-scenario.ts';

/** One small world, of which every execution is made. */
export interface SmallWorld {
  readonly title: string;
  /** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
  readonly run: (chooser: Chooser) => Promise<number>;
}

const FAULT_KINDS = ['pauses', 'crashes', 'lostAnswers', 'duplicates', 'delays'] as const;

/** No fault at all, and each fault once. */
export const SINGLE_FAULTS: readonly FaultBudget[] = [
  {},
  ...FAULT_KINDS.map((kind) => ({ [kind]: 1 })),
];

/** Every two faults, of the same kind or of two. */
export const DOUBLE_FAULTS: readonly FaultBudget[] = FAULT_KINDS.flatMap((one, index) =>
  FAULT_KINDS.slice(index).map((other) =>
    one === other ? { [one]: 2 } : { [one]: 1, [other]: 1 },
  ),
);

const LOCK_CLIENTS: Cast<LockScenario['clients']> = {
  two: [
    { alice: 'acquire', bob: 'acquire' },
    { alice: 'work', bob: 'try' },
    { alice: 'work', bob: 'acquire' },
    { alice: 'work', bob: 'give-up' },
  ],
  three: [
    { alice: 'acquire', bob: 'try', carol: 'try' },
    { alice: 'acquire', bob: 'acquire', carol: 'try' },
  ],
};

const ELECTION_CLIENTS: Cast<ElectionScenario['clients']> = {
  two: [
    { alice: 'lead', bob: 'lead' },
    { alice: 'transfer', bob: 'lead' },
    { alice: 'proclaim', bob: 'lead' },
    { alice: 'proclaim', eve: 'observe' },
  ],
  three: [
    { alice: 'lead', bob: 'lead', carol: 'lead' },
    { alice: 'transfer', bob: 'lead', eve: 'observe' },
  ],
};

const PERMIT_CLIENTS: Cast<PermitScenario['clients']> = {
  two: [
    { alice: 'share', bob: 'share' },
    { alice: 'work', bob: 'try' },
  ],
  three: [{ alice: 'share', bob: 'share', carol: 'try' }],
};

const READ_WRITE_CLIENTS: Cast<PermitScenario['clients']> = {
  two: [
    { alice: 'write', bob: 'read' },
    { alice: 'upgrade', bob: 'read' },
    { alice: 'downgrade', bob: 'write' },
    { alice: 'upgrade', bob: 'upgrade' },
  ],
  three: [{ alice: 'read', bob: 'write', carol: 'read' }],
};

const SESSION_CLIENTS: Cast<SessionScenario['clients']> = {
  two: [
    { alice: 'keep', bob: 'wait' },
    { alice: 'return', bob: 'wait' },
    { alice: 'keep', bob: 'keep' },
  ],
  three: [{ alice: 'keep', bob: 'wait', carol: 'wait' }],
};

const LOCKS_CLIENTS: Cast<LocksScenario['clients']> = {
  two: [
    { alice: 'x-and-y', bob: 'y-and-x' },
    { alice: 'y-then-x', bob: 'try' },
    { alice: 'x-and-y', bob: 'y-then-x' },
  ],
  three: [{ alice: 'x-and-y', bob: 'y-and-x', carol: 'try' }],
};

const LOCKS_TOGETHER_CLIENTS: Cast<LocksTogetherScenario['clients']> = {
  two: [
    { alice: 'acquire', bob: 'acquire' },
    { alice: 'under-session', bob: 'try' },
  ],
  three: [{ alice: 'acquire', bob: 'acquire', carol: 'try' }],
};

const EXPORT_CLIENTS: Cast<ExportScenario['clients']> = {
  two: [
    { alice: 'resume', bob: 'adopt' },
    { alice: 'pass', bob: 'adopt' },
    { alice: 'resume', bob: 'wait' },
  ],
  three: [
    { alice: 'pass', bob: 'adopt', carol: 'adopt' },
    { alice: 'pass', bob: 'adopt', carol: 'wait' },
  ],
};

const ITEM_CLIENTS: Cast<ItemScenario['clients']> = {
  two: [
    { alice: 'add', bob: 'add' },
    { alice: 'work', bob: 'try' },
    { alice: 'add', bob: 'transact' },
    { alice: 'drop', bob: 'add' },
    { alice: 'drop', bob: 'transact' },
  ],
  three: [
    { alice: 'add', bob: 'add', carol: 'try' },
    { alice: 'add', bob: 'try', carol: 'transact' },
  ],
};

const GROUP_CLIENTS: Cast<GroupScenario['clients']> = {
  two: [
    { alice: 'visit', bob: 'visit' },
    { alice: 'replace', bob: 'replace' },
    { alice: 'swap', bob: 'replace' },
    { alice: 'stay', bob: 'look' },
  ],
  three: [
    { alice: 'visit', bob: 'visit', carol: 'look' },
    { alice: 'swap', bob: 'replace', carol: 'look' },
  ],
};

const CONFIG_CLIENTS: Cast<ConfigScenario['clients']> = {
  two: [
    { alice: 'append', bob: 'append' },
    { alice: 'append', bob: 'rename' },
    { alice: 'append', bob: 'read' },
    { alice: 'append', bob: 'watch' },
  ],
  three: [
    { alice: 'append', bob: 'append', carol: 'read' },
    { alice: 'append', bob: 'rename', carol: 'watch' },
  ],
};

const TRANSACTION_CLIENTS: Cast<TransactionScenario['clients']> = {
  two: [
    { alice: 'a-then-b', bob: 'b-then-a' },
    { alice: 'both-for-a', bob: 'both-for-b' },
    { alice: 'a-then-b', bob: 'only-a' },
    { alice: 'a-then-b', bob: 'look' },
    { alice: 'a-then-b', bob: 'sweep' },
  ],
  three: [
    { alice: 'a-then-b', bob: 'only-a', carol: 'sweep' },
    { alice: 'both-for-a', bob: 'both-for-b', carol: 'look' },
  ],
};

/** Who takes part: small worlds of two clients, and of three. */
interface Cast<Clients> {
  readonly two: readonly Clients[];
  readonly three: readonly Clients[];
}

export type CastSize = keyof Cast<unknown>;

type Worlds = (size: CastSize, faults: readonly FaultBudget[]) => readonly SmallWorld[];

export const EXPLORED = {
  lock: (size, faults) =>
    cross(LOCK_CLIENTS[size], faults, (clients, budget, chooser) =>
      runLockScenario({ clients, faults: budget }, chooser),
    ),
  election: (size, faults) =>
    cross(ELECTION_CLIENTS[size], faults, (clients, budget, chooser) =>
      runElectionScenario({ clients, faults: budget }, chooser),
    ),
  semaphore: (size, faults) =>
    cross(PERMIT_CLIENTS[size], faults, (clients, budget, chooser) =>
      runPermitScenario({ clients, faults: budget }, chooser),
    ),
  'read-write-lock': (size, faults) =>
    cross(READ_WRITE_CLIENTS[size], faults, (clients, budget, chooser) =>
      runPermitScenario({ clients, faults: budget }, chooser),
    ),
  latch: (size, faults) => shared('count', size, faults),
  barrier: (size, faults) => shared('meet', size, faults),
  names: (size, faults) => shared('claim', size, faults),
  sequence: (size, faults) => shared('draw', size, faults),
  'lock-under-session': (size, faults) => underSession('lock', size, faults),
  'permit-under-session': (size, faults) => underSession('permit', size, faults),
  'item-under-session': (size, faults) => underSession('item', size, faults),
  'slot-under-session': (size, faults) => underSession('slot', size, faults),
  'name-under-session': (size, faults) => underSession('name', size, faults),
  'several-locks': (size, faults) =>
    cross(LOCKS_CLIENTS[size], faults, (clients, budget, chooser) =>
      runLocksScenario({ clients, faults: budget }, chooser),
    ),
  'several-locks-together': (size, faults) =>
    cross(LOCKS_TOGETHER_CLIENTS[size], faults, (clients, budget, chooser) =>
      runLocksTogetherScenario({ clients, faults: budget }, chooser),
    ),
  'exported-hold': (size, faults) =>
    cross(EXPORT_CLIENTS[size], faults, (clients, budget, chooser) =>
      runExportScenario({ clients, faults: budget }, chooser),
    ),
  'locked-item': (size, faults) =>
    cross(ITEM_CLIENTS[size], faults, (clients, budget, chooser) =>
      runItemScenario({ clients, faults: budget }, chooser),
    ),
  group: (size, faults) =>
    cross(GROUP_CLIENTS[size], faults, (clients, budget, chooser) =>
      runGroupScenario({ clients, faults: budget }, chooser),
    ),
  config: (size, faults) =>
    cross(CONFIG_CLIENTS[size], faults, (clients, budget, chooser) =>
      runConfigScenario({ clients, faults: budget }, chooser),
    ),
  sentinel: (size, faults) =>
    cross(size === 'two' ? [{ members: 'two' }] : [], faults.filter(isOfSentinel), (_, ...rest) =>
      runSentinelScenario({ faults: rest[0] }, rest[1]),
    ),
  transaction: (size, faults) =>
    cross(TRANSACTION_CLIENTS[size], faults, (clients, budget, chooser) =>
      runTransactionScenario({ clients, faults: budget }, chooser),
    ),
} satisfies Readonly<Record<string, Worlds>>;

export type ExploredName = keyof typeof EXPLORED;

export const EXPLORED_NAMES = Object.keys(EXPLORED) as readonly ExploredName[];

/** Worlds in which everybody does the same. */
function shared(
  use: SharedUse,
  size: CastSize,
  faults: readonly FaultBudget[],
): readonly SmallWorld[] {
  const names = size === 'two' ? ['alice', 'bob'] : ['alice', 'bob', 'carol'];
  const clients = Object.fromEntries(names.map((name) => [name, use]));
  return cross([clients], faults, (clients, budget, chooser) =>
    runSharedScenario({ clients, faults: budget }, chooser),
  );
}

/** Worlds in which one thing is held under sessions. */
function underSession(
  thing: Thing,
  size: CastSize,
  faults: readonly FaultBudget[],
): readonly SmallWorld[] {
  return cross(SESSION_CLIENTS[size], faults, (clients, budget, chooser) =>
    runSessionScenario({ thing, clients, faults: budget }, chooser),
  );
}

function cross<Clients extends Readonly<Record<string, string>>>(
  all: readonly Clients[],
  faults: readonly FaultBudget[],
  run: (clients: Clients, faults: FaultBudget, chooser: Chooser) => Promise<number>,
): readonly SmallWorld[] {
  return all.flatMap((clients) =>
    faults.map((budget) => ({
      title: `${words(clients)}; ${words(budget) || 'no fault'}`,
      run: (chooser) => run(clients, budget, chooser),
    })),
  );
}

function isOfSentinel(faults: FaultBudget): boolean {
  return Object.keys(faults).every((kind) => SENTINEL_FAULTS.includes(kind));
}

function words(parts: object): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
