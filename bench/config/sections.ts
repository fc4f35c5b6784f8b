import { type Config, config } from '../../lib/config/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { LocalHints } from '../../lib/local/local-hints.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { VirtualClock } from '../../lib/testing/virtual-clock.ts';
import { TABLE, WIRE_ENGINES, type WireEngine, withEngine } from '../common/engines.ts';
import { atMost, exactly, type Section } from '../common/report.ts';
import { middleHalf, quantile } from '../common/statistics.ts';
import { Fleet } from './fleet.ts';

const [ENGINE] = WIRE_ENGINES as readonly [WireEngine];
const KILOBYTE = { text: 'x'.repeat(700) };

/** What it costs by DynamoDB's rules, on virtual time. */
export const costs: Section = {
  name: 'costs',
  async run() {
    const clock = new VirtualClock();
    let [requests, units] = [0, 0];
    const onRequest = ({ capacityUnits = 0 }) => {
      requests += 1;
      units += capacityUnits;
    };
    const store = new MemoryStore({ clock, onRequest });
    const random = new SeededRandom(1);
    const count = async (work: Promise<unknown>) => {
      await clock.run(work);
      [requests, units] = [0, 0];
    };
    const holdfast = new Holdfast({ store, clock, random });
    const document = config(holdfast, 'it', { pollMs: 1_000 });
    await count(document.publish(KILOBYTE));
    await clock.run(document.publish(KILOBYTE));
    const publish = { requests, units };
    await count(document.ready());
    for (let reader = 0; reader < 100; reader += 1) {
      void config(holdfast, 'it', { pollMs: 1_000 }).watch().next();
      void document.get();
    }
    await count(clock.advance(5_000));
    await clock.advance(100_000);
    const perPoll = units / requests;
    return {
      title: 'What it costs',
      method: 'Counted by the published rules; 100 watchers and readers of one process.',
      figures: [
        {
          name: 'publish, below 1 KB',
          value: publish.requests,
          unit: 'requests',
          target: exactly(publish.requests, 2),
        },
        {
          name: 'publish, below 1 KB',
          value: publish.units,
          unit: 'write units',
          target: exactly(publish.units, 2),
        },
        {
          name: 'poll without news',
          value: perPoll,
          unit: 'read units',
          target: exactly(perPoll, 0.5),
        },
        {
          name: 'polls in 100 s at 1 s, for all 100',
          value: requests,
          unit: 'requests',
          target: { ...atMost(requests, 150), isTimed: false },
        },
      ],
    };
  },
};

/** How fast a change reaches real processes by their polls. */
export const spread: Section = {
  name: 'spread',
  async run(scale) {
    const [processes, changes] = scale === 'quick' ? [4, 2] : [50, 20];
    const pollMs = 1_000;
    return withEngine(ENGINE, async ({ client }) => {
      const store = new DynamoStore({ table: TABLE, client });
      await using holdfast = new Holdfast({ store, requestTimeoutMs: 20_000 });
      const document = config<object>(holdfast, 'spread');
      let { version } = await document.publish(KILOBYTE);
      await using fleet = new Fleet(processes, { client, name: 'spread', pollMs });
      await fleet.have(version);
      const delays: number[] = [];
      for (let change = 0; change < changes; change += 1) {
        // Not in step with anybody's polls.
        await new Promise((resolve) => setTimeout(resolve, 137 * (change % 7)));
        ({ version } = await document.publish(KILOBYTE));
        const publishedMs = Date.now();
        const times = await fleet.have(version);
        delays.push(...times.map((atMs) => atMs - publishedMs));
      }
      const last = Math.max(...delays);
      return {
        title: `From the acknowledgement to ${processes} processes, polling each ${pollMs} ms`,
        method: `${changes} changes, on ${ENGINE.name}, all on this machine.`,
        figures: [
          {
            name: 'median',
            value: quantile(delays, 0.5),
            unit: 'ms',
            spread: middleHalf(delays, 0),
          },
          { name: '99 of 100', value: quantile(delays, 0.99), unit: 'ms' },
          { name: 'last of all', value: last, unit: 'ms', target: atMost(last, pollMs + 100) },
        ],
      };
    });
  },
};

/** How fast a change reaches instances that a hint tells of it. */
export const hints: Section = {
  name: 'hints',
  async run(scale) {
    const [instances, changes] = scale === 'quick' ? [10, 3] : [10, 60];
    return withEngine(ENGINE, async ({ client }) => {
      const transport = new LocalHints();
      const store = new DynamoStore({ table: TABLE, client });
      const open = () => new Holdfast({ store, hints: transport, requestTimeoutMs: 20_000 });
      await using writer = open();
      const document = config<object>(writer, 'hints');
      await document.publish(KILOBYTE);
      const readers = Array.from({ length: instances }, () => open());
      const followed = readers.map((reader) => config<object>(reader, 'hints'));
      await Promise.all(followed.map((each) => each.ready()));
      await new Promise((resolve) => setTimeout(resolve, 200));
      const delays: number[] = [];
      for (let change = 0; change < changes; change += 1) {
        const { version } = await document.publish(KILOBYTE);
        const publishedMs = performance.now();
        await Promise.all(followed.map((each) => hasVersion(each, version)));
        delays.push(performance.now() - publishedMs);
      }
      await Promise.all(readers.map((reader) => reader.close()));
      const most = quantile(delays, 0.95);
      return {
        title: `From the acknowledgement to ${instances} instances by a hint`,
        method: `${changes} changes until the last has each, on ${ENGINE.name}, in one process.`,
        figures: [
          {
            name: 'median',
            value: quantile(delays, 0.5),
            unit: 'ms',
            spread: middleHalf(delays, 1),
          },
          { name: '95 of 100', value: most, unit: 'ms', target: atMost(most, 100) },
        ],
      };
    });
  },
};

/** Whether anything is lost when many publish at once. */
export const publishers: Section = {
  name: 'publishers',
  async run(scale) {
    const count = scale === 'quick' ? 20 : 100;
    return withEngine(ENGINE, async ({ client }) => {
      let requests = 0;
      const onRequest = () => {
        requests += 1;
      };
      const store = new DynamoStore({ table: TABLE, client, onRequest });
      const open = () => new Holdfast({ store, requestTimeoutMs: 20_000 });
      const instances = Array.from({ length: count }, open);
      const startedMs = performance.now();
      const published = await Promise.all(
        instances.map((each, index) => config<number>(each, 'crowd').publish(index)),
      );
      const elapsedMs = performance.now() - startedMs;
      const needed = requests;
      const [first] = instances as [Holdfast];
      const history = await config<number>(first, 'crowd').history({ limit: 2 * count });
      const versions = new Set(published.map(({ version }) => version));
      const values = new Set(history.map(({ value }) => value));
      await Promise.all(instances.map((each) => each.close()));
      const newest = history[0]?.version ?? 0;
      return {
        title: `${count} instances publish at the same moment`,
        method: `Without an expected version, on ${ENGINE.name}, in one process.`,
        figures: [
          {
            name: 'acknowledged versions that differ',
            value: versions.size,
            unit: 'versions',
            target: exactly(versions.size, count),
          },
          {
            name: 'newest version',
            value: newest,
            unit: '',
            target: exactly(newest, count),
          },
          {
            name: 'documents in the history',
            value: values.size,
            unit: 'documents',
            target: exactly(values.size, count),
          },
          { name: 'until the last was acknowledged', value: elapsedMs, unit: 'ms' },
          { name: 'requests for each', value: needed / count, unit: 'requests' },
        ],
      };
    });
  },
};

async function hasVersion(document: Config<object>, version: number): Promise<void> {
  if (document.version >= version) return;
  await new Promise<void>((resolve) => {
    const stop = document.listen(() => {
      if (document.version < version) return;
      stop();
      resolve();
    });
  });
}
