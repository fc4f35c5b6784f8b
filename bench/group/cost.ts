import { group, type Membership } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { ObservedRequest } from '../../lib/store/request-observer.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../lib/testing/virtual-clock.ts';
import { atMost, exactly, type Section } from '../common/report.ts';

const LEASE_MS = 15_000;
const SWEEP_MS = 5_000;

/** Requests and units, counted by the memory store on virtual time. */
export const cost: Section = {
  name: 'cost',
  async run(scale) {
    const watchers = scale === 'quick' ? 10 : 50;
    const minutes = scale === 'quick' ? 1 : 10;
    const requests: ObservedRequest[] = [];
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock, onRequest: (request) => requests.push(request) });
    const open = (label: string) => {
      return new Holdfast({ store, clock, random: new SeededRandom(label), label });
    };
    const units = (isIt: (operation: string) => boolean) =>
      requests
        .filter(({ operation }) => isIt(operation))
        .reduce((sum, { capacityUnits = 0 }) => sum + capacityUnits, 0);
    const isWrite = (operation: string) => operation !== 'get' && operation !== 'query';
    const spent = async (work: Promise<unknown>) => {
      requests.length = 0;
      await clock.run(work);
      return units(isWrite);
    };

    const member = group(open('member'), 'it');
    let membership: Membership | undefined;
    const joining = member.join({ id: 'a', leaseMs: LEASE_MS }).then((joined) => {
      membership = joined;
    });
    const join = await spent(joining);
    const update = await spent(membership?.update({ weight: 2 }) ?? Promise.reject());

    const groups = Array.from({ length: watchers }, (_, index) => group(open(`w${index}`), 'it'));
    await clock.run(Promise.all(groups.map((each) => each.follow())));
    await clock.advance(3 * SWEEP_MS);
    requests.length = 0;
    await clock.advance(minutes * 60_000);
    const intervals = (minutes * 60_000) / SWEEP_MS;
    const queries = requests.filter(({ operation }) => operation === 'query').length;
    const looks = requests.filter(({ operation }) => operation === 'get');
    const perLook = Math.max(...looks.map(({ capacityUnits = 0 }) => capacityUnits));
    const perLease = (units(isWrite) - queries) / ((minutes * 60_000) / LEASE_MS);
    return {
      title: `What a group costs with ${watchers} watchers in processes of their own`,
      method: `Counted over ${minutes} min of virtual time; nothing changes but beats.`,
      figures: [
        { name: 'join', value: join, unit: 'write units', target: exactly(join, 3) },
        { name: 'change', value: update, unit: 'write units', target: exactly(update, 2) },
        {
          name: 'poll, unchanged',
          value: perLook,
          unit: 'read units',
          target: exactly(perLook, 0.5),
        },
        {
          name: 'beats, a lease',
          value: perLease,
          unit: 'write units',
          target: { ...atMost(perLease, 4.5), isTimed: false },
        },
        {
          name: 'queries, an interval, all watchers together',
          value: queries / intervals,
          unit: 'queries',
          target: { ...atMost(queries / intervals, 1), isTimed: false },
        },
      ],
    };
  },
};
