import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from 'vitest';
import { fanOut } from '../../../../functions/fanout/fan-out.ts';
import { STREAM_FILTERS } from '../../../../functions/fanout/filters.ts';
import type { StreamRecord } from '../../../../functions/fanout/stream-record.ts';
import { sleep } from '../../../../lib/core/clock.ts';
import { announce, parseHead } from '../../../../lib/group/head-row.ts';
import { Holdfast } from '../../../../lib/index.ts';
import { LocalHints, StreamBridge } from '../../../../lib/local/index.ts';
import { ChangeFeed } from '../../../../lib/local/stream-bridge/change-feed.ts';
import type { StreamImage } from '../../../../lib/local/stream-bridge/stream-source.ts';
import type { HintMessage } from '../../../../lib/mqtt/message.ts';
import { runtimeOf } from '../../../../lib/runtime.ts';
import { GROUP_SORT_KEY, groupKey } from '../../../../lib/store/group-schema.ts';
import { MemoryStore } from '../../../../lib/store/memory-store.ts';
import type { Item } from '../../../../lib/store/value.ts';
import { SeededRandom, VirtualClock } from '../../../../lib/testing/index.ts';
import { headPoller } from '../../../../lib/watch/head-poller.ts';

const NAMES = Array.from({ length: 20 }, (_, index) => `group-${index}`);
const CHANGES = 10_000;
const WATCHERS = 3;
const HOUR_MS = 3_600_000;

const headOf = (name: string) => groupKey('default', name, GROUP_SORT_KEY.head);
const image = (item: Item) => marshall(item) as unknown as StreamImage;

/** A table whose heads are watched by hints alone: they poll hourly, and the run takes minutes. */
class Scene {
  readonly clock = new VirtualClock({ settles: 'microtasks' });
  readonly random = new SeededRandom(1);
  readonly hints = new LocalHints();
  readonly feed = new ChangeFeed('table', this.clock, 2 * CHANGES);
  readonly table = new MemoryStore({ clock: this.clock });

  /** Changes a head, which the stream tells of. */
  async change(name: string): Promise<void> {
    const key = headOf(name);
    const before = await this.table.get({ key, consistent: true });
    const { item = {} } = (await this.table.write(announce(key, 1))) as { readonly item?: Item };
    const old = before.kind === 'found' ? image(before.item) : undefined;
    this.feed.append({ keys: image({ ...key }), before: old, after: image(item) });
  }

  watch(label: string) {
    const { clock, table, hints } = this;
    const random = new SeededRandom(label);
    const runtime = runtimeOf(new Holdfast({ store: table, clock, random, label, hints }));
    return NAMES.map((name) => {
      const poller = headPoller(runtime, {
        ...{ kind: 'group', name, key: headOf(name), parse: parseHead },
        revisionOf: ({ revision }) => revision,
      });
      return { name, poller, stop: poller.follow({ pollMs: HOUR_MS }, () => undefined) };
    });
  }

  /** A function whose bus throttles, and whose hints fail, come twice and overtake each other. */
  bridge(): StreamBridge {
    const { clock, random, feed, hints } = this;
    const isTrue = (probability: number) => random.fraction() < probability;
    const putEvents = async (entries: readonly unknown[]) =>
      entries.map(() => (isTrue(0.01) ? 'Throttled' : undefined));
    const sendHint = async (hint: HintMessage) => {
      if (isTrue(0.02)) throw new Error('no broker');
      await sleep(clock, random.fraction() * 200);
      hints.publish(hint);
      if (isTrue(0.1)) hints.publish(hint);
    };
    const options = { eventBusName: 'bus', memberMetadata: false };
    return new StreamBridge({
      ...{ source: feed, clock, random, pollMs: 50 },
      mapping: {
        ...{ filters: Object.values(STREAM_FILTERS), reportsItemFailures: true },
        ...{ bisectsOnError: true, parallelizationFactor: 4 },
      },
      invoke: async ({ Records }) => {
        const records = Records as readonly StreamRecord[];
        return (await fanOut(records, { putEvents, sendHint }, options)).response;
      },
    });
  }
}

test('after 10,000 changes all watchers are at the state of the table', async () => {
  const scene = new Scene();
  const { clock, random } = scene;
  const watchers = Array.from({ length: WATCHERS }, (_, index) => scene.watch(`watcher-${index}`));
  const all = watchers.flat();
  await clock.advance(1_000);
  expect(all.every(({ poller }) => poller.state?.revision === 0)).toBe(true);
  const bridge = scene.bridge();
  const revisions = new Map(NAMES.map((name) => [name, 0]));
  for (let change = 0; change < CHANGES; change += 1) {
    const name = NAMES[Math.floor(random.fraction() * NAMES.length)] ?? '';
    revisions.set(name, (revisions.get(name) ?? 0) + 1);
    await scene.change(name);
    if (change % 50 === 0) await clock.advance(100);
    if (change % 2_500 === 2_499) scene.feed.roll();
  }
  await clock.run(bridge.settled());
  await clock.advance(1_000);
  expect(bridge.counts).toMatchObject({ read: CHANGES, discarded: 0, gaps: 0 });
  expect(bridge.counts.failedInvocations).toBeGreaterThan(0);
  expect(clock.monotonicMs()).toBeLessThan(HOUR_MS / 2);
  for (const { name, poller } of all) expect(poller.state?.revision).toBe(revisions.get(name));
  for (const { stop } of all) stop();
  await clock.run(bridge.stop());
});
