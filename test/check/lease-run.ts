import type { HeldInterval } from './exclusion.ts';
import type { Grant, GuardedWrite } from './fencing.ts';
import type { Seeded } from './seeded.ts';

export interface LeaseRunOptions {
  readonly random: Seeded;
  /** Whether the resource refuses tokens below the largest it has seen. */
  readonly fenced: boolean;
  /** How long holders go on after their own deadline, as a pause or a slow clock makes them. */
  readonly overrunMs: number;
}

export interface LeaseRun {
  readonly grants: readonly Grant[];
  readonly writes: readonly GuardedWrite[];
  readonly applied: readonly string[];
  readonly held: readonly HeldInterval[];
}

interface Hold {
  readonly token: number;
  readonly fromMs: number;
  readonly stopsAtMs: number;
}

type Client =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking'; readonly calledAt: number }
  | { readonly kind: 'granted'; readonly calledAt: number; readonly token: number }
  | { readonly kind: 'holding'; readonly hold: Hold }
  | { readonly kind: 'writing'; readonly hold: Hold; readonly calledAt: number };

const LEASE_MS = 60;
const STEPS = 1_500;
const CLIENTS = 4;
const idle: Client = { kind: 'idle' };

/**
 * A real lock with leases, and a resource that holders write to, in true time of one step a
 * millisecond. A holder counts its lease from its call, so without an overrun holds never overlap.
 */
export function runLeases({ random, fenced, overrunMs }: LeaseRunOptions): LeaseRun {
  const run = { grants: [] as Grant[], writes: [] as GuardedWrite[] };
  const applied: string[] = [];
  const held: HeldInterval[] = [];
  const lock = { token: 0, expiresAt: 0 };
  let stamp = 0;

  function stop(holder: string, { token, fromMs, stopsAtMs }: Hold, now: number): Client {
    held.push({ holder, token, fromMs, safeUntilMs: Math.min(now, stopsAtMs) });
    return idle;
  }

  function write(writer: string, { token }: Hold, calledAt: number, now: number): void {
    const id = `w${run.writes.length}`;
    const accepted = !fenced || token >= stamp;
    if (accepted) applied.push(id);
    if (accepted) stamp = token;
    const outcome = random.chance(0.1) ? 'unknown' : accepted ? 'accepted' : 'refused';
    run.writes.push({ id, writer, token, outcome, calledAt, returnedAt: now });
  }

  function advance(name: string, client: Client, now: number): Client {
    switch (client.kind) {
      case 'idle':
        return { kind: 'asking', calledAt: now };
      case 'asking':
        if (now < lock.expiresAt) return idle;
        lock.token += 1;
        lock.expiresAt = now + LEASE_MS;
        return { kind: 'granted', calledAt: client.calledAt, token: lock.token };
      case 'granted': {
        const { calledAt, token } = client;
        run.grants.push({ holder: name, token, calledAt, returnedAt: now });
        const stopsAtMs = calledAt + LEASE_MS + overrunMs;
        return now < stopsAtMs
          ? { kind: 'holding', hold: { token, fromMs: now, stopsAtMs } }
          : idle;
      }
      case 'holding': {
        const { hold } = client;
        if (now >= hold.stopsAtMs) return stop(name, hold, now);
        if (random.chance(0.8)) return { kind: 'writing', hold, calledAt: now };
        // A release by a holder that was replaced must not free its successor's lock.
        if (lock.token === hold.token) lock.expiresAt = now;
        return stop(name, hold, now);
      }
      case 'writing':
        write(name, client.hold, client.calledAt, now);
        return { kind: 'holding', hold: client.hold };
    }
  }

  const clients = Array.from({ length: CLIENTS }, () => idle);
  for (let now = 1; now <= STEPS; now += 1) {
    const index = random.below(CLIENTS);
    clients[index] = advance(`client ${index}`, clients[index] ?? idle, now);
  }
  return { ...run, applied, held };
}
