import { setTimeout as delay } from 'node:timers/promises';
import { machineMs } from './clock.ts';
import type { Crew } from './crew.ts';
import type { EventOf } from './history.ts';
import type { Journal } from './journal.ts';
import type { Point } from './messages.ts';

/** What is done to the processes, and how much time they get in between. */
export interface ChaosPlan {
  /** One holder is killed at each of these points of its critical section. */
  readonly killAt: readonly Point[];
  readonly calmMs: number;
  /** Whether the first holder dies together with the leader: shorter, but harder to read. */
  readonly atOnce: boolean;
}

/** On a machine that is busy with other things, no further holder is killed after this time. */
const LATE_MS = 26_000;

export const FULL_PLAN: ChaosPlan = {
  killAt: ['read', 'stamped', 'appended'],
  calmMs: 1_000,
  atOnce: false,
};
export const QUICK_PLAN: ChaosPlan = { killAt: ['stamped'], calmMs: 100, atOnce: true };

export interface Stage {
  readonly crew: Crew;
  readonly journal: Journal;
  /** The names of those who wait to lead, in order of arrival. */
  readonly candidates: () => Promise<readonly string[]>;
}

/**
 * Makes the leader resign, kills the next one, kills holders of the lock within their critical
 * section, and stops one past its lease. Each step waits until the work goes on. Whoever is
 * killed is replaced at once.
 */
export async function causeChaos(stage: Stage, plan: ChaosPlan): Promise<void> {
  const lateMs = machineMs() + LATE_MS;
  await calm(stage, plan);
  await makeLeaderResign(stage);
  const leader = killLeader(stage);
  if (!plan.atOnce) {
    await leader;
    await calm(stage, plan);
  }
  for (const [index, point] of plan.killAt.entries()) {
    if (index > 0 && machineMs() > lateMs) break;
    await Promise.all([leader, killHolder(stage, point)]);
    await delay(plan.calmMs);
  }
  await stopHolder(stage);
  await delay(plan.calmMs);
}

/** Waits until every process has had the lock: all are up then, and no dead one is in line. */
async function calm({ crew, journal }: Stage, { calmMs }: ChaosPlan): Promise<void> {
  const missing = new Set(crew.names);
  const hasEverybody = ({ of, process }: EventOf<'granted'>) => {
    if (of === 'lock') missing.delete(process);
    return missing.size === 0;
  };
  const everybody = journal.next('granted', hasEverybody, 'every process has had the lock');
  await Promise.all([everybody, delay(calmMs)]);
}

async function makeLeaderResign({ crew, journal }: Stage): Promise<void> {
  const leader = leaderOf(journal);
  crew.tell(leader, { kind: 'resign' });
  await journal.next('granted', ({ of }) => of === 'election', `somebody leads after ${leader}`);
}

async function killLeader({ crew, journal }: Stage): Promise<void> {
  const leader = leaderOf(journal);
  // Not in the middle of the critical section: one thing at a time, or the figures say nothing.
  const isRid = (event: EventOf<'given-up'>) => event.of === 'lock' && event.process === leader;
  await journal.next('given-up', isRid, `${leader} releases the lock`);
  crew.kill(leader);
  const next = journal.next('granted', ({ of }) => of === 'election', `${leader} is succeeded`);
  crew.start();
  await next;
}

async function killHolder(stage: Stage, point: Point): Promise<void> {
  const { crew, journal } = stage;
  const { process, token } = await standStill(stage, point);
  crew.kill(process);
  const next = journal.next('granted', isLaterLock(token), `the lock goes on after ${process}`);
  crew.start();
  await next;
}

/** Stops a holder that has decided what to write, until another has written that line. */
async function stopHolder(stage: Stage): Promise<void> {
  const { crew, journal } = stage;
  const { process, token } = await standStill(stage, 'read');
  crew.stop(process);
  await journal.next('wrote', (wrote) => wrote.token > token, `somebody writes after ${process}`);
  const isLate = (event: { readonly token: number }) => event.token === token;
  const late = journal.next('wrote', isLate, `${process} tries its late write`);
  const lost = journal.next('lost', isLate, `${process} hears that it has lost the lock`);
  crew.tell(process, { kind: 'go-on' });
  crew.resume(process);
  await Promise.all([late, lost]);
}

/** Makes a process stand still at `point` of its next critical section. */
async function standStill(stage: Stage, point: Point): Promise<EventOf<'at-point'>> {
  const { crew, journal, candidates } = stage;
  const leader = leaderOf(journal);
  // The last in line to lead: its death or sleep does not come between a leader and the next.
  const victim = (await candidates()).findLast(
    (name) => name !== leader && crew.names.includes(name),
  );
  if (victim === undefined) throw new Error('nobody waits to lead');
  const standing = journal.next(
    'at-point',
    ({ process }) => process === victim,
    `${victim} has the lock`,
  );
  crew.tell(victim, { kind: 'stand-at', point });
  return standing;
}

function leaderOf(journal: Journal): string {
  const leader = journal.whoHas('election');
  if (leader === undefined) throw new Error('nobody leads');
  return leader;
}

function isLaterLock(token: number) {
  return (event: EventOf<'granted'>) => event.of === 'lock' && event.token > token;
}
