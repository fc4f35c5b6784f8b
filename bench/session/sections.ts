import { exactly, type Section } from '../common/report.ts';
import { Fleet } from './fleet.ts';

const LEASE_MS = 6_000;
const LOCKS = 1_000;
const WRITES_PER_SECOND_MAX = 0.5;
const BURST_MAX = 2;

/** What it costs to hold a thousand locks, and how evenly the writes come. */
export const holding: Section = {
  name: 'holding',
  async run(scale) {
    const seconds = scale === 'quick' ? 30 : 300;
    const under = await writesUnderSession(seconds);
    const alone = await writesWithoutSession(seconds);
    const [rate, rateAlone] = [under.length / seconds, alone.length / seconds];
    const burst = busiestSecond(alone) / rateAlone;
    return {
      title: `${LOCKS} locks of one process, leases of ${LEASE_MS / 1_000} s`,
      method:
        `counted on virtual time, over ${seconds} s; all locks were taken at one moment. ` +
        'The busiest second is any second, not only a whole one.',
      figures: [
        {
          name: 'under one session',
          value: rate,
          unit: 'writes/s',
          target: counted(`<= ${WRITES_PER_SECOND_MAX}`, rate <= WRITES_PER_SECOND_MAX),
        },
        { name: 'without a session', value: rateAlone, unit: 'writes/s' },
        {
          name: 'without: busiest second over the mean one',
          value: burst,
          unit: '',
          target: counted(`<= ${BURST_MAX}`, burst <= BURST_MAX),
        },
      ],
    };
  },
};

/** What it costs others to take over all that a dead process held. */
export const takeOver: Section = {
  name: 'take-over',
  async run() {
    const fleet = new Fleet();
    const [owner, heir] = [await fleet.start('owner'), await fleet.start('heir')];
    const session = await fleet.clock.run(owner.holdfast.session({ leaseMs: LEASE_MS }));
    await fleet.acquireAll(owner, LOCKS, { under: session });
    owner.clock.stop();
    await fleet.clock.advance(LEASE_MS + 10_000);
    const { store, holdfast } = heir;
    for (let index = 1; index < LOCKS; index += 1) {
      await fleet.clock.run(holdfast.lock(`lock ${index}`).holder());
    }
    // Refused, because it was free when it was read; then the kill, and the take.
    await fleet.clock.run(holdfast.lock('lock 0').tryAcquire());
    const { writes } = store;
    const tries = Array.from({ length: LOCKS - 1 }, (_, index) =>
      holdfast.lock(`lock ${index + 1}`).tryAcquire(),
    );
    const taken = await fleet.clock.run(Promise.all(tries));
    const acquired = taken.filter((each) => each.acquired).length;
    const perLock = (store.writes - writes) / (LOCKS - 1);
    return {
      title: `Taking over ${LOCKS} locks from a session whose process was killed`,
      method:
        'counted on virtual time; the heir has read each lock before. Where it has not, one ' +
        'refused write a lock tells it who holds it, as with the first.',
      figures: [
        {
          name: 'for the first lock and the session',
          value: writes,
          unit: 'writes',
          target: exactly(writes, 3),
        },
        {
          name: 'for each lock more',
          value: perLock,
          unit: 'writes',
          target: exactly(perLock, 1),
        },
        { name: 'taken', value: acquired + 1, unit: 'locks', target: exactly(acquired + 1, LOCKS) },
      ],
    };
  },
};

/** What it costs others to wait behind what a session that lives holds. */
export const waiting: Section = {
  name: 'waiting',
  async run(scale) {
    const seconds = scale === 'quick' ? 30 : 300;
    const fleet = new Fleet();
    const [owner, waiter] = [await fleet.start('owner'), await fleet.start('waiter')];
    const session = await fleet.clock.run(owner.holdfast.session({ leaseMs: LEASE_MS }));
    const lock = 'lock 0';
    await fleet.clock.run(owner.holdfast.lock(lock).acquire({ under: session }));
    const { store, holdfast } = waiter;
    const before = store.writes;
    const patience = new AbortController();
    const wait = holdfast
      .lock(lock)
      .acquire({ signal: patience.signal })
      .catch(() => undefined);
    await fleet.clock.advance(seconds * 1_000);
    const writes = store.writes - before;
    patience.abort();
    await fleet.clock.run(wait);
    return {
      title: `Waiting ${seconds} s behind a hold under a session that lives`,
      method: 'counted on virtual time: one refused write, one to join, one to tell the session.',
      figures: [
        {
          name: 'written by the waiter',
          value: writes,
          unit: 'writes',
          target: exactly(writes, 3),
        },
      ],
    };
  },
};

async function writesUnderSession(seconds: number): Promise<number[]> {
  const fleet = new Fleet();
  const owner = await fleet.start('owner');
  const session = await fleet.clock.run(owner.holdfast.session({ leaseMs: LEASE_MS }));
  await fleet.acquireAll(owner, LOCKS, { under: session });
  return fleet.writesWithin(seconds * 1_000);
}

async function writesWithoutSession(seconds: number): Promise<number[]> {
  const fleet = new Fleet();
  const owner = await fleet.start('owner');
  await fleet.acquireAll(owner, LOCKS, { leaseMs: LEASE_MS });
  return fleet.writesWithin(seconds * 1_000);
}

/** The most of the times, which ascend, that lie within any one second. */
function busiestSecond(timesMs: readonly number[]): number {
  let [most, first] = [0, 0];
  timesMs.forEach((timeMs, index) => {
    while (timeMs - (timesMs[first] ?? timeMs) >= 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

function counted(text: string, isMet: boolean) {
  return { text, isMet, isTimed: false };
}
