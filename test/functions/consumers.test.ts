import { expect, test } from 'vitest';
import { STREAM_FILTERS } from '../../functions/fanout/filters.ts';
import type { handler as fanOutHandler } from '../../functions/fanout/handler.ts';
import type { StreamEvent } from '../../functions/fanout/stream-record.ts';
import {
  onChanges,
  onConfigChanged,
  onLeaderChanged,
  onLockReleased,
  onMembersChanged,
} from '../../functions/index.ts';
import { config } from '../../lib/config/index.ts';
import { group } from '../../lib/group/index.ts';
import { Holdfast } from '../../lib/index.ts';
import { StreamBridge, startLocalTable } from '../../lib/local/index.ts';
import { startEventBridge } from './event-bridge-stub.ts';
import { loadHandler } from './load-handler.ts';
import { ruleFor } from './rule-matcher.ts';

const TABLE = 'consumers';

test('functions behind rules get what the patterns promise, by the bundled function', async () => {
  await using local = await startLocalTable();
  await using bus = await startEventBridge('bus');
  const open = (namespace: string) =>
    new Holdfast({ table: TABLE, clientConfig: local.clientConfig, namespace });
  await using photos = open('photos');
  await using videos = open('videos');
  await photos.createTable();
  const heard: string[] = [];
  const hear = (rule: string) => (what: unknown) => void heard.push(`${rule}: ${what}`);
  bus.addRule(
    ruleFor({ types: ['config.changed'], namespaces: ['photos'], names: ['limits'] }),
    onConfigChanged(async ({ version }) => hear('limits')(version)),
  );
  bus.addRule(
    ruleFor({ types: ['group.member-joined', 'group.member-left'], namespaces: ['photos'] }),
    onMembersChanged(async (change, { member }) => hear('members')(`${member} ${change}`)),
  );
  bus.addRule(
    ruleFor({ types: ['leader.changed'] }),
    onLeaderChanged(async ({ namespace, change }) => hear('leaders')(`${namespace} ${change}`)),
  );
  bus.addRule(
    ruleFor({ names: ['door'] }),
    onLockReleased(async ({ name }) => hear('door')(name)),
  );
  // A pattern lets through more than its function reacts to.
  bus.addRule(ruleFor(), onChanges({ 'lock.released': async ({ name }) => hear('locks')(name) }));
  const fanOut = await loadHandler<typeof fanOutHandler>('fanout', {
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint,
    HOLDFAST_EVENT_BUS_NAME: 'bus',
  });
  await using bridge = new StreamBridge({
    source: await local.changes(TABLE),
    invoke: (event) => fanOut(event as unknown as StreamEvent),
    mapping: { filters: Object.values(STREAM_FILTERS), reportsItemFailures: true, batchSize: 1 },
    pollMs: 5,
  });
  for (const holdfast of [photos, videos]) {
    await config(holdfast, 'limits').publish({ n: 1 });
    await config(holdfast, 'colours').publish({ n: 1 });
    const membership = await group(holdfast, 'resizers').join({ id: 'a' });
    await membership.update({ weight: 2 });
    await membership.leave();
    await holdfast.lock('door').using(async () => {});
    await holdfast.lock('window').using(async () => {});
  }
  const leadership = await videos.election('it').campaign('first');
  await leadership.resign();
  await bridge.settled();
  expect(heard.sort()).toEqual([
    ...['door: door', 'door: door'],
    ...['leaders: videos elected', 'leaders: videos resigned'],
    'limits: 1',
    ...['locks: door', 'locks: door', 'locks: window', 'locks: window'],
    ...['members: a joined', 'members: a left'],
  ]);
});
