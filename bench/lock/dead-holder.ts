import { setTimeout as sleep } from 'node:timers/promises';
import { Holdfast } from '../../lib/holdfast.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { ObservedRequest } from '../../lib/store/request-observer.ts';
import { VirtualClock } from '../../lib/testing/virtual-clock.ts';
import { TABLE, WIRE_ENGINES, withEngine } from '../common/engines.ts';
import { exactly, type Figure, type Section } from '../common/report.ts';

const LOCK = 'left-behind';
const LEASE_MS = 3_000;
/** The lease, the table clock's error, and some. */
const DEAD_MS = LEASE_MS + 4_000;
const HOUR_MS = 3_600_000;

/** What it takes to take a lock whose holder died, when its lease is over. */
export const deadHolder: Section = {
  name: 'dead-holder',
  async run(scale) {
    const figures = [await inMemory()];
    if (scale === 'full') {
      for (const { name, start } of WIRE_ENGINES) {
        const requests = await withEngine({ name, start }, async ({ client }) => {
          const noted: ObservedRequest[] = [];
          const onRequest = (request: ObservedRequest) => noted.push(request);
          const left = new DynamoStore({ table: TABLE, client });
          const taken = new DynamoStore({ table: TABLE, client, onRequest });
          // It never renews and is never released: to the table, that is death.
          const dead = new Holdfast({ store: left, mode: 'lambda' });
          await dead.lock(LOCK).acquire({ leaseMs: LEASE_MS });
          await sleep(DEAD_MS);
          const heir = new Holdfast({ store: taken });
          await heir.lock('earlier').holder();
          noted.length = 0;
          const hold = await heir.lock(LOCK).acquire();
          const count = noted.length;
          await hold.release();
          left.close();
          taken.close();
          return count;
        });
        figures.push(figure(`${name}: requests`, requests));
      }
    }
    return {
      title: 'A lock left by a dead process, its lease expired',
      method: 'requests of acquire() in a process that has made one earlier call to the table',
      figures,
    };
  },
};

async function inMemory(): Promise<Figure> {
  const clock = new VirtualClock();
  const noted: ObservedRequest[] = [];
  const store = new MemoryStore({ clock, onRequest: (request) => noted.push(request) });
  const process = clock.clientClock();
  const dead = new Holdfast({ store, clock: process });
  await clock.run(dead.lock(LOCK).acquire());
  process.stop();
  await clock.advance(HOUR_MS);
  const heir = new Holdfast({ store, clock });
  await clock.run(heir.lock('earlier').holder());
  noted.length = 0;
  await clock.run(heir.lock(LOCK).acquire());
  return figure('memory, dead for an hour: requests', noted.length);
}

function figure(name: string, value: number): Figure {
  return { name, value, unit: '', target: exactly(value, 1) };
}
