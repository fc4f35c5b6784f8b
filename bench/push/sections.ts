import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { STREAM_FILTERS } from '../../functions/fanout/filters.ts';
import type { handler as fanOutHandler } from '../../functions/fanout/handler.ts';
import type { StreamEvent } from '../../functions/fanout/stream-record.ts';
import { config } from '../../lib/config/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { type EventPattern, StreamBridge, startLocalTable } from '../../lib/local/index.ts';
import { startEventBridge } from '../../test/functions/event-bridge-stub.ts';
import { loadHandlerAt } from '../../test/functions/load-handler.ts';
import { IotStub } from '../../test/functions/mqtt-broker.ts';
import { atMost, exactly, type Findings, type Scale, type Section } from '../common/report.ts';
import { quantile } from '../common/statistics.ts';
import type { Work } from './watcher.ts';

const TABLE = 'push';
const NAME = 'limits';
const HANDLERS = '.build/functions';
/** Four looks at a shard in a second, as Lambda does. */
const LAMBDA_POLL_MS = 250;

export const atLambdasPace: Section = {
  name: 'lambda',
  run: (scale) => measure(scale, LAMBDA_POLL_MS),
};

export const atOnce: Section = { name: 'at-once', run: (scale) => measure(scale, 5) };

async function measure(scale: Scale, streamPollMs: number): Promise<Findings> {
  const changes = scale === 'quick' ? 10 : 100;
  const delays = await delaysOf(changes, streamPollMs);
  const p50 = quantile(delays, 0.5);
  return {
    title: `A change seen by hint, the stream looked at every ${streamPollMs} ms`,
    method: `${changes} changes, each after the one before was seen; one watcher, polling hourly.`,
    figures: [
      {
        name: 'changes seen',
        value: delays.length,
        unit: '',
        target: exactly(delays.length, changes),
      },
      // Half of Lambda's rhythm is 125 ms by itself.
      {
        ...{ name: 'p50', value: p50, unit: 'ms' },
        target: streamPollMs < LAMBDA_POLL_MS ? atMost(p50, 150) : undefined,
      },
      { name: 'p99', value: quantile(delays, 0.99), unit: 'ms' },
    ],
  };
}

/** From the call that publishes to the moment at which the watcher has the value. */
async function delaysOf(changes: number, streamPollMs: number): Promise<number[]> {
  // As a program of its own: in here it would look for the sources beside this bundle.
  execFileSync(process.execPath, ['scripts/build-functions.mjs', HANDLERS]);
  await using local = await startLocalTable();
  await using bus = await startEventBridge('bus');
  const iot = await IotStub.start();
  const { clientConfig } = local;
  await using holdfast = new Holdfast({ table: TABLE, clientConfig });
  await holdfast.createTable();
  const fanOut = await loadHandlerAt<typeof fanOutHandler>(
    resolve(HANDLERS, 'fanout/handler.mjs'),
    {
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
      HOLDFAST_EVENT_BUS_NAME: 'bus',
      HOLDFAST_PUSH_ENDPOINT: `http://${iot.host}`,
    },
  );
  await using _bridge = new StreamBridge({
    source: await local.changes(TABLE),
    invoke: (event) => fanOut(event as unknown as StreamEvent),
    mapping: { filters: Object.values(STREAM_FILTERS) as unknown as EventPattern[] },
    pollMs: streamPollMs,
  });
  const document = config<{ readonly n: number }>(holdfast, NAME);
  await document.publish({ n: 1 });
  const broker = `ws://${iot.host}`;
  const watcher = watch({ clientConfig, table: TABLE, name: NAME, broker });
  try {
    await watcher.seen(1);
    while (iot.clientIds.length === 0) await delay(10);
    // The second look after the subscription must not be taken for a hint.
    await delay(3_500);
    const delays: number[] = [];
    for (let version = 2; version <= changes + 1; version += 1) {
      // At any moment of the stream's rhythm.
      await delay(Math.random() * streamPollMs);
      const begunMs = Date.now();
      await document.publish({ n: version });
      delays.push((await watcher.seen(version)) - begunMs);
    }
    return delays;
  } finally {
    await watcher.stop();
    await iot.stop();
  }
}

function watch(work: Work) {
  const [, script = ''] = process.argv;
  const child = spawn(process.execPath, [script, '--worker', JSON.stringify(work)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const times = new Map<number, number>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [version, atMs] = JSON.parse(line) as [number, number];
    times.set(version, atMs);
  });
  return {
    async seen(version: number): Promise<number> {
      const deadline = performance.now() + 30_000;
      for (;;) {
        const atMs = times.get(version);
        if (atMs !== undefined) return atMs;
        if (performance.now() > deadline) throw new Error(`version ${version} was never seen`);
        await delay(1);
      }
    },
    async stop(): Promise<void> {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
