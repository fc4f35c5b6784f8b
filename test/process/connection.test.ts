import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Holdfast, type LockHold } from '../../lib/index.ts';
import { type LocalTable, startLocalTable } from '../../lib/local/index.ts';
import { TcpProxy } from './chaos/tcp-proxy.ts';

const LEASE_MS = 6_000;
const TIMEOUT_MS = 60_000;

let local: LocalTable;

beforeAll(async () => {
  local = await startLocalTable();
  await using holdfast = new Holdfast({ table: 'coordination', clientConfig: local.clientConfig });
  await holdfast.createTable();
});

afterAll(() => local.stop());

interface Scene extends AsyncDisposable {
  readonly proxy: TcpProxy;
  readonly holdfast: Holdfast;
  readonly hold: LockHold;
}

/** A hold whose only way to the table leads through a proxy. */
async function holdThroughProxy(name: string): Promise<Scene> {
  const proxy = await TcpProxy.start(local.endpoint);
  const clientConfig = { ...local.clientConfig, endpoint: proxy.endpoint };
  const holdfast = new Holdfast({ table: 'coordination', clientConfig, label: name });
  const hold = await holdfast.lock(name).acquire({ leaseMs: LEASE_MS });
  const dispose = async () => {
    proxy.resume();
    await holdfast.close();
    await proxy[Symbol.asyncDispose]();
  };
  return { proxy, holdfast, hold, [Symbol.asyncDispose]: dispose };
}

// Each waits in real time for most of its duration, so they run side by side.
describe.concurrent('a hold behind a bad connection', () => {
  it(
    'outlives two seconds in which requests stand still',
    async () => {
      await using scene = await holdThroughProxy('requests stand still');
      scene.proxy.pause('to-table');
      await delay(2_000);
      scene.proxy.resume();
      await delay(LEASE_MS);
      expect(scene.hold.signal.aborted).toBe(false);
      expect(await scene.hold.release()).toEqual({ outcome: 'released' });
    },
    TIMEOUT_MS,
  );

  it(
    'outlives two seconds in which only answers stand still',
    async () => {
      await using scene = await holdThroughProxy('answers stand still');
      scene.proxy.pause('from-table');
      await delay(2_000);
      scene.proxy.resume();
      await delay(LEASE_MS);
      expect(scene.hold.signal.aborted).toBe(false);
      expect(await scene.hold.release()).toEqual({ outcome: 'released' });
    },
    TIMEOUT_MS,
  );

  it(
    'outlives connections that break again and again',
    async () => {
      await using scene = await holdThroughProxy('connections break');
      for (let times = 0; times < 20; times += 1) {
        scene.proxy.cut();
        await delay(400);
      }
      expect(scene.hold.signal.aborted).toBe(false);
      expect(await scene.hold.release()).toEqual({ outcome: 'released' });
    },
    TIMEOUT_MS,
  );

  it(
    'outlives a way of 150 milliseconds each way',
    async () => {
      await using scene = await holdThroughProxy('a long way');
      scene.proxy.delay(150);
      await delay(2 * LEASE_MS);
      expect(scene.hold.signal.aborted).toBe(false);
      expect(await scene.hold.release()).toEqual({ outcome: 'released' });
    },
    TIMEOUT_MS,
  );

  it(
    'ends before others can have it when nothing is answered any more',
    async () => {
      await using scene = await holdThroughProxy('nothing answers');
      await using other = new Holdfast({
        table: 'coordination',
        clientConfig: local.clientConfig,
        label: 'other',
      });
      let lostAtMs: number | undefined;
      scene.hold.signal.addEventListener('abort', () => {
        lostAtMs = performance.now();
      });
      scene.proxy.pause('to-table', 'from-table');
      const next = await other.lock('nothing answers').acquire({ timeoutMs: 4 * LEASE_MS });
      const grantedAtMs = performance.now();
      expect(lostAtMs).toBeLessThan(grantedAtMs);
      expect(scene.hold.signal.reason).toMatchObject({ reason: 'not-renewed' });
      expect(next.token).toBeGreaterThan(scene.hold.token);
      scene.proxy.resume();
      expect(await scene.hold.release()).toEqual({ outcome: 'lost', takenBy: 'other' });
    },
    TIMEOUT_MS,
  );
});
