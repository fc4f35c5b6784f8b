import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { handler as rolloutHandler } from '../../functions/rollout/handler.ts';
import { config } from '../../lib/config/index.ts';
import { parseHead } from '../../lib/config/protocol.ts';
import { Holdfast } from '../../lib/index.ts';
import { type LocalTable, startLocalTable } from '../../lib/local/index.ts';
import { configKey } from '../../lib/store/config-schema.ts';
import { DynamoStore } from '../../lib/store/dynamo-store.ts';
import { loadHandler } from './load-handler.ts';

const TABLE = 'rollouts';
const SCHEDULE = { kind: 'linear', percent: 10, everyMs: 3_600_000 } as const;

let local: LocalTable;
let handler: typeof rolloutHandler;
let holdfast: Holdfast;
beforeAll(async () => {
  local = await startLocalTable();
  holdfast = new Holdfast({
    table: TABLE,
    clientConfig: local.clientConfig,
    namespace: 'photos',
  });
  await holdfast.createTable();
  const names = ['limits', 'colours', 'gone'];
  const guarded = names.map((name) => ({ alarm: `${name}-alarm`, namespace: 'photos', name }));
  handler = await loadHandler<typeof rolloutHandler>('rollout', {
    AWS_ENDPOINT_URL_DYNAMODB: local.endpoint,
    HOLDFAST_TABLE: TABLE,
    HOLDFAST_GUARDED_ROLLOUTS: JSON.stringify(guarded),
  });
});
afterAll(async () => {
  await holdfast.close();
  await local.stop();
});

/** Begins a rollout of the document's second version. */
async function roll(name: string): Promise<void> {
  const document = config<{ readonly n: number }>(holdfast, name);
  await document.publish({ n: 1 });
  await document.publish({ n: 2 }, { rollout: { schedule: SCHEDULE } });
}

async function stateOf(name: string): Promise<string | undefined> {
  const store = new DynamoStore({ table: TABLE, client: local.clientConfig });
  const read = await store.get({ key: configKey('photos', name), consistent: true });
  store.close();
  if (read.kind !== 'found') throw new Error(read.kind);
  return parseHead(read.item).rollout?.state;
}

const alarm = (alarmName: string, value = 'ALARM') => ({
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  detail: { alarmName, state: { value } },
});

describe('an alarm', () => {
  test('ends the rollout that it guards, and no other, however often it comes', async () => {
    await Promise.all(['limits', 'colours'].map(roll));
    await handler(alarm('limits-alarm'));
    await handler(alarm('limits-alarm'));
    expect(await stateOf('limits')).toBe('aborted');
    expect(await stateOf('colours')).toBe('running');
    const reading = await config<{ readonly n: number }>(holdfast, 'limits').get({ maxAgeMs: 0 });
    expect(reading.value).toEqual({ n: 1 });
  });

  test('through a topic ends a rollout too', async () => {
    const message = { AlarmName: 'colours-alarm', NewStateValue: 'ALARM' };
    await handler({ Records: [{ Sns: { Message: JSON.stringify(message) } }] });
    expect(await stateOf('colours')).toBe('aborted');
  });

  test('that guards no rollout under way is no failure', async () => {
    await config(holdfast, 'gone').publish({ n: 1 });
    await handler(alarm('gone-alarm'));
    expect(await stateOf('gone')).toBeUndefined();
  });
});
