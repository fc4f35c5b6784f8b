import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { MemoryStore } from '../../lib/store/memory-store.ts';
import type { RequestObserver } from '../../lib/store/request-observer.ts';
import type { Store } from '../../lib/store/store.ts';
import { TABLE, WIRE_ENGINES, withEngine } from '../common/engines.ts';
import { atMost, exactly, type Figure, type Section } from '../common/report.ts';

const LEASE_MS = 120_000;
const WATCHER_MB_MAX = 20;

/** Groups that are joined by everybody at once. */
export const sizes: Section = {
  name: 'sizes',
  async run(scale) {
    const [inMemory, onWire] = scale === 'quick' ? [200, 30] : [1_000, 300];
    const figures: Figure[] = [];
    figures.push(...(await storm(`${inMemory} in the memory store`, inMemory, memoryStore())));
    const dynalite = WIRE_ENGINES.find(({ name }) => name === 'dynalite');
    if (dynalite !== undefined) {
      await withEngine(dynalite, async ({ client }) => {
        const open = (onRequest: RequestObserver) =>
          new DynamoStore({ table: TABLE, client, onRequest });
        figures.push(...(await storm(`${onWire} on dynalite`, onWire, open)));
      });
    }
    return {
      title: 'Join storms',
      method: 'All join at once; then another process follows the group, and its heap is measured.',
      figures,
    };
  },
};

/** One table for all who open it. */
function memoryStore(): (onRequest: RequestObserver) => Store {
  let observe: RequestObserver = () => undefined;
  const store = new MemoryStore({ onRequest: (request) => observe(request) });
  return (onRequest) => {
    observe = onRequest;
    return store;
  };
}

async function storm(
  title: string,
  count: number,
  openStore: (onRequest: RequestObserver) => Store,
): Promise<Figure[]> {
  let writes = 0;
  const store = openStore(({ operation }) => {
    if (operation !== 'get' && operation !== 'query') writes += 1;
  });
  await using members = new Holdfast({ store, label: 'members', requestTimeoutMs: 20_000 });
  const it = group(members, 'it');
  const startedMs = performance.now();
  const ids = Array.from({ length: count }, (_, index) => `member-${index}`);
  await Promise.all(ids.map((id) => it.join({ id, address: `${id}:80`, leaseMs: LEASE_MS })));
  const tookMs = Math.round(performance.now() - startedMs);
  const perJoin = writes / count;
  const label = 'watcher';
  await using watcher = new Holdfast({ store: openStore(() => undefined), label });
  const before = heapMb();
  const followed = group(watcher, 'it');
  await using _following = await followed.follow();
  const watcherMb = Math.max(0, heapMb() - before);
  const seen = new Set(followed.current?.members.map(({ id }) => id));
  const missing = ids.filter((id) => !seen.has(id)).length;
  return [
    { name: `${title}: until all have joined`, value: tookMs, unit: 'ms' },
    {
      name: `${title}: writes a join`,
      value: perJoin,
      unit: 'writes',
      target: { ...atMost(perJoin, 3), isTimed: false },
    },
    {
      name: `${title}: missing in the view`,
      value: missing,
      unit: 'members',
      target: exactly(missing, 0),
    },
    {
      name: `${title}: a watcher's heap`,
      value: watcherMb,
      unit: 'MB',
      target: { ...atMost(watcherMb, WATCHER_MB_MAX), isTimed: false },
    },
  ];
}

function heapMb(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / 1_048_576;
}
