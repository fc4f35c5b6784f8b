import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, config } from '../../lib/config/index.ts';
import { type Group, group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { type LocalTable, startLocalTable } from '../../lib/local/index.ts';
import { MqttHints } from '../../lib/mqtt/index.ts';
import { bundle } from '../../scripts/bundle.mjs';
import { type ServerProcess, startServer } from '../conformance/processes.ts';
import type { WatcherReport, WatcherSettings } from './support/watcher-program.ts';

/** Without hints. With them, a poll comes every six seconds, give or take a fifth. */
const POLL_MS = 1_000;
/** No poll brings half of the changes within this. */
const HINTED_MS_MAX = 1_000;
const PATIENCE_MS = 30_000;
const CHANGES = 8;

interface Broker {
  readonly name: string;
  readonly unavailable: string | undefined;
  readonly start: (port?: number) => Promise<ServerProcess>;
}

const BROKERS: readonly Broker[] = [
  {
    name: 'aedes',
    unavailable: undefined,
    async start(port) {
      const program = await bundle('test/process/support/broker-program.ts');
      return startServer(process.execPath, (free) => [program, `${free}`], port);
    },
  },
  {
    name: 'mosquitto',
    unavailable:
      spawnSync('mosquitto', ['-h']).error === undefined ? undefined : 'there is no mosquitto',
    start: (port) => startServer('mosquitto', (free) => ['-p', `${free}`], port),
  },
];

/** A process that watches, and what it has told. */
class Watcher {
  readonly reports: WatcherReport[] = [];
  readonly #child: ChildProcess;

  constructor(program: string, settings: WatcherSettings) {
    this.#child = fork(program, [JSON.stringify(settings)], {
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    this.#child.on('message', (report) => void this.reports.push(report as WatcherReport));
  }

  get versions(): readonly number[] {
    return this.reports.flatMap((report) => (report.kind === 'version' ? report.version : []));
  }

  /** When the watcher has told so for the first time. */
  async heard(isSo: (report: WatcherReport) => boolean): Promise<number> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const report = this.reports.find(isSo);
      if (report !== undefined) return report.atMs;
      if (performance.now() > deadline) throw new Error(JSON.stringify(this.reports.slice(-5)));
      await delay(2);
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

let local: LocalTable;
let program: string;
beforeAll(async () => {
  local = await startLocalTable();
  program = await bundle('test/process/support/watcher-program.ts');
});
afterAll(() => local.stop());

interface Scene {
  readonly watcher: Watcher;
  readonly limits: Config<unknown>;
  readonly crew: Group;
}

/** How long the watcher took to see each of some changes, of the document and of the group. */
async function delaysOf({ watcher, limits, crew }: Scene, changes: number): Promise<number[]> {
  const delays: number[] = [];
  for (let change = 0; change < changes; change += 1) {
    const begunMs = Date.now();
    if (change % 2 === 0) {
      const { version } = await limits.publish({ change });
      const isSeen = (report: WatcherReport) =>
        report.kind === 'version' && report.version === version;
      delays.push((await watcher.heard(isSeen)) - begunMs);
    } else {
      const { id } = await crew.join();
      const isSeen = (report: WatcherReport) =>
        report.kind === 'members' && report.ids.includes(id);
      delays.push((await watcher.heard(isSeen)) - begunMs);
    }
  }
  return delays;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

describe.concurrent('a process that watches by hints over MQTT', () => {
  it.for(BROKERS)(
    'sees changes at once, and polls while $name is away',
    { timeout: 4 * PATIENCE_MS },
    async ({ name, unavailable, start }, context) => {
      if (unavailable !== undefined) context.skip(unavailable);
      const table = `hints-${name}`;
      const { clientConfig } = local;
      let broker = await start();
      const { port } = broker;
      const url = `mqtt://127.0.0.1:${port}`;
      await using hints = new MqttHints({ url, publishes: true });
      await using holdfast = new Holdfast({ table, clientConfig, hints, label: 'writer' });
      await holdfast.createTable();
      const limits = config(holdfast, 'limits');
      const crew = group(holdfast, 'crew');
      await limits.publish({ change: 'the first' });
      const watcher = new Watcher(program, { table, clientConfig, broker: url, pollMs: POLL_MS });
      const scene = { watcher, limits, crew };
      try {
        await watcher.heard(({ kind }) => kind === 'connected');
        await watcher.heard((report) => report.kind === 'version' && report.version === 1);
        await watcher.heard(({ kind }) => kind === 'members');
        const p50 = median(await delaysOf(scene, CHANGES));
        console.log(`${name}: a change is seen after ${p50} ms (p50 of ${CHANGES}).`);
        expect(p50).toBeLessThan(HINTED_MS_MAX);

        await broker.stop();
        await watcher.heard(({ kind }) => kind === 'disconnected');
        await delaysOf(scene, 3);

        const before = watcher.reports.length;
        broker = await start(port);
        const isBack = (report: WatcherReport) =>
          report.kind === 'connected' && watcher.reports.indexOf(report) >= before;
        await watcher.heard(isBack);
        while (!hints.connected) await delay(10);
        expect(median(await delaysOf(scene, CHANGES))).toBeLessThan(HINTED_MS_MAX);
        const { versions } = watcher;
        expect(versions).toEqual(versions.map((_, index) => index + 1));
      } finally {
        watcher.stop();
        await broker.stop();
      }
    },
  );
});
