import { LeaseKeeper, type Loss } from '../lease/keeper.ts';
import type { Lease } from '../lease/lease.ts';
import type { RecordAnswer, RecordClient } from '../lease/record-client.ts';
import type { Runtime } from '../runtime.ts';
import type { PoolRow } from './pool-row.ts';
import { renewPermits } from './pool-writes.ts';

export interface PermitGrant {
  readonly name: string;
  readonly id: string;
  readonly leaseMs: number;
  readonly session: Lease | undefined;
  readonly answer: RecordAnswer<PoolRow> & { kind: 'applied' };
}

/** What a row without our entry says. */
export const ENTRY_REMOVED: Loss = {
  reason: 'taken',
  detail: 'its entry was removed, as of a dead holder',
};

/** Permits that this process holds, kept alive in the background or by a session. */
export class PermitLease {
  readonly name: string;
  readonly id: string;
  readonly leaseMs: number;
  readonly session: Lease | undefined;
  readonly keeper: LeaseKeeper;
  /** How many; a change of the row's entry goes through its owner only. */
  permits: number;
  /** Of the grant, or of its last upgrade. */
  token: number;

  constructor(runtime: Runtime, client: RecordClient<PoolRow>, grant: PermitGrant) {
    const { name, id, leaseMs, answer, session } = grant;
    const entry = answer.row.holders.get(id);
    this.name = name;
    this.id = id;
    this.leaseMs = leaseMs;
    this.session = session;
    this.permits = entry?.permits ?? 0;
    this.token = entry?.token ?? answer.row.token;
    this.keeper = new LeaseKeeper(runtime, {
      name,
      token: this.token,
      leaseMs,
      number: entry?.renewals ?? 1,
      write: { ...answer, leaseMs, expiresAt: entry?.expiresAt },
      session: session?.keeper,
      renew: async (number) => {
        const { expiresAtMin } = this.keeper;
        const { key } = client;
        const { token } = this;
        const time = client.time();
        const lasting = { leaseMs, time, session: session?.id };
        const renewal = { key, id, ...lasting, number, expiresAtMin, token };
        const renewed = await client.write(renewPermits(renewal));
        switch (renewed.kind) {
          case 'applied': {
            const expiresAt = renewed.row.holders.get(id)?.expiresAt;
            return { kind: 'renewed', write: { ...renewed, leaseMs, expiresAt } };
          }
          case 'refused':
            if (renewed.row.holders.has(id)) return { kind: 'overtaken' };
            return { kind: 'gone', ...ENTRY_REMOVED };
          default:
            return { kind: 'unanswered', failure: renewed.failure };
        }
      },
    });
  }
}
