import type { Chooser } from './choices.ts';
import { type ElectionScenario, runElectionScenario } from './election-scenario.ts';
import { type LockScenario, runLockScenario } from './lock-scenario.ts';
import { type PermitScenario, runPermitScenario } from './permit-scenario.ts';
import type { FaultBudget } from './schedule.ts';
import { runSharedScenario, type SharedUse } from './shared-scenario.ts';
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

function words(parts: object): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
