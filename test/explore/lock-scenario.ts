import { sleep } from '../../lib/core/clock.ts';
import { isHoldfastError } from '../../lib/errors.ts';
import type { LockHold } from '../../lib/lock/lock.ts';
import { absent, compare, or } from '../../lib/store/condition.ts';
import type { WriteRequest } from '../../lib/store/store.ts';
import { append, set } from '../../lib/store/update.ts';
import { checkExclusion } from '../check/exclusion.ts';
import { checkTokens, type Grant } from '../check/fencing.ts';
import { eventCounter } from '../check/recorder.ts';
import { demand } from '../check/verdict.ts';
import { HeldClaims } from '../sim/workloads/held-claims.ts';
import type { Chooser } from './choices.ts';
import { connect, LEASE_MS, REQUEST_TIMEOUT_MS } from './connect.ts';
import { type FaultBudget, Schedule, type ScheduledClient } from './schedule.ts';

export interface LockScenario {
  /** What each client does, by its name. */
  readonly clients: Readonly<Record<string, LockUse>>;
  readonly faults: FaultBudget;
  /** Off, to see that the explorer then finds what fencing prevents. @default true */
  readonly isFenced?: boolean;
}

/**
 * - `acquire`: waits for the lock, writes under it, releases.
 * - `work`: the same, and holds it for long enough to renew it.
 * - `try`: tries once, and writes and releases if it got it.
 * - `give-up`: waits for less than a lease.
 */
export type LockUse = 'acquire' | 'work' | 'try' | 'give-up';

const DATA_KEY = { pk: 'explore#data', sk: 'data' };

/** One execution. Returns how many requests took effect; throws when a guarantee is broken. */
export async function runLockScenario(scenario: LockScenario, chooser: Chooser): Promise<number> {
  const schedule = new Schedule(chooser, scenario.faults);
  const now = eventCounter();
  const grants: Grant[] = [];
  const claims = new HeldClaims();

  const use = async (hold: LockHold, client: ScheduledClient, calledAt: number) => {
    const { token } = hold;
    const holder = client.name;
    grants.push({ holder, token, calledAt, returnedAt: now() });
    const claim = claims.begin(schedule.clock, { rate: 1 }, { holder, token }, hold);
    if (scenario.clients[holder] === 'work') {
      await sleep(client.clock, 0.6 * LEASE_MS, hold.signal);
      claim.look();
    }
    const timeout = new AbortController();
    const timer = client.clock.startTimer(REQUEST_TIMEOUT_MS, () => timeout.abort());
    await client.store.write(writeUnder(token, scenario.isFenced ?? true), {
      signal: timeout.signal,
    });
    timer.cancel();
    claim.end();
    await hold.release();
  };
  for (const [name, way] of Object.entries(scenario.clients)) {
    schedule.start(name, async (client) => {
      const holdfast = connect(client);
      const lock = holdfast.lock('lock');
      const calledAt = now();
      if (way === 'try') {
        const result = await lock.tryAcquire({ leaseMs: LEASE_MS });
        if (result.acquired) await use(result.hold, client, calledAt);
      } else {
        const timeoutMs = way === 'give-up' ? LEASE_MS / 2 : undefined;
        const hold = await lock.acquire({ leaseMs: LEASE_MS, timeoutMs }).catch((error) => {
          if (isHoldfastError(error, 'acquire-timeout')) return undefined;
          throw error;
        });
        if (hold !== undefined) await use(hold, client, calledAt);
      }
      await holdfast.close();
    });
  }
  await schedule.run();
  demand(checkTokens(grants), 0);
  demand(checkExclusion(claims.intervals), 0);
  const log = schedule.memory.snapshot().find(({ pk }) => pk === DATA_KEY.pk)?.log;
  const tokens = (log ?? []) as readonly number[];
  const stale = tokens.find((token, index) => token < (tokens[index - 1] ?? 0));
  if (stale !== undefined) throw new Error(`a stale write: ${tokens.join(', ')}`);
  return schedule.operations;
}

function writeUnder(token: number, isFenced: boolean): WriteRequest {
  return {
    kind: 'update',
    key: DATA_KEY,
    actions: [set('fence', token), append('log', token)],
    condition: isFenced ? or(absent('fence'), compare('fence', '<=', token)) : undefined,
  };
}
