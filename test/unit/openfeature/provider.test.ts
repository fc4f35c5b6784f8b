import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { afterEach, expect, test } from 'vitest';
import { type ConfigOptions, config } from '../../../lib/config/index.ts';
import { type HoldfastFlags, HoldfastProvider } from '../../../lib/openfeature/index.ts';
import type { Actor } from '../support/actor.ts';
import { Stage } from '../support/stage.ts';

afterEach(() => OpenFeature.clearProviders());

/** Flags in two processes: one that serves them by OpenFeature, and one that changes them. */
class Flags {
  readonly stage = new Stage();
  readonly reader: Actor = this.stage.actor('reader');
  readonly writer = config<HoldfastFlags>(this.stage.actor('writer').holdfast, 'flags');
  readonly events: unknown[] = [];
  readonly client = OpenFeature.getClient('flags');

  async serve(options: Omit<ConfigOptions<HoldfastFlags>, 'schema'> = {}): Promise<void> {
    const all = { pollMs: 1_000, ...options };
    const flags = config<HoldfastFlags>(this.reader.holdfast, 'flags', all);
    const provider = new HoldfastProvider(flags);
    await this.stage.run(OpenFeature.setProviderAndWait('flags', provider));
    for (const event of Object.values(ProviderEvents)) {
      this.client.addHandler(event, (details) => {
        this.events.push([event, ...(details?.flagsChanged ? [details.flagsChanged] : [])]);
      });
    }
    await this.stage.advance(0);
    // Who begins to listen to a provider that is ready is told so at once.
    this.events.length = 0;
  }

  async changesTo(flags: HoldfastFlags): Promise<void> {
    await this.stage.run(this.writer.publish(flags));
    await this.stage.advance(2_000);
  }
}

test('OpenFeature gets flags of every kind, with their version', async () => {
  const flags = new Flags();
  await flags.changesTo({ on: true, name: 'x', limit: 5, shape: { a: { b: 1 } }, 'shape.c': 2 });
  await flags.serve();
  const { client } = flags;
  expect(await client.getBooleanDetails('on', false)).toMatchObject({
    value: true,
    variant: 'version 1',
    reason: 'STATIC',
    flagMetadata: { version: 1 },
  });
  expect(await client.getStringValue('name', '')).toBe('x');
  expect(await client.getNumberValue('limit', 0)).toBe(5);
  expect(await client.getObjectValue('shape', {})).toEqual({ a: { b: 1 } });
  expect(await client.getNumberValue('shape.a.b', 0)).toBe(1);
  expect(await client.getNumberValue('shape.c', 0)).toBe(2);
});

test('OpenFeature gets the default, and why, for a flag missing or of another kind', async () => {
  const flags = new Flags();
  await flags.changesTo({ on: true });
  await flags.serve();
  expect(await flags.client.getBooleanDetails('off', true)).toMatchObject({
    value: true,
    reason: 'ERROR',
    errorCode: 'FLAG_NOT_FOUND',
  });
  expect(await flags.client.getStringDetails('on', 'no')).toMatchObject({
    value: 'no',
    errorCode: 'TYPE_MISMATCH',
    errorMessage: "flag 'on': expected a string, found a boolean",
  });
  expect(await flags.client.getBooleanDetails('toString', true)).toMatchObject({
    errorCode: 'FLAG_NOT_FOUND',
  });
});

test('OpenFeature is told which flags have changed, and of every turn for the worse', async () => {
  const flags = new Flags();
  await flags.changesTo({ one: 1, two: 2, gone: 3 });
  await flags.serve({ maxStaleMs: 60_000 });
  await flags.changesTo({ one: 1, two: 22, come: 4 });
  expect(flags.events).toEqual([[ProviderEvents.ConfigurationChanged, ['two', 'gone', 'come']]]);
  flags.events.length = 0;
  flags.reader.failing = { reason: 'unavailable', retryable: true, message: 'away' };
  await flags.stage.advance(30_000);
  expect(flags.events).toEqual([[ProviderEvents.Stale]]);
  expect(flags.client.providerStatus).toBe('STALE');
  expect((await flags.client.getNumberDetails('two', 0)).reason).toBe('STALE');
  await flags.stage.advance(150_000);
  expect(flags.events).toEqual([[ProviderEvents.Stale], [ProviderEvents.Error]]);
  expect(flags.client.providerStatus).toBe('ERROR');
  flags.reader.failing = undefined;
  await flags.stage.advance(80_000);
  expect(flags.events.at(-1)).toEqual([ProviderEvents.Ready]);
  expect(flags.client.providerStatus).toBe('READY');
});

test('OpenFeature fails to start without flags, and stops asking when it is closed', async () => {
  const flags = new Flags();
  await expect(flags.serve()).rejects.toThrow(/no document, and no fallback/);
  expect(flags.client.providerStatus).toBe('ERROR');
  await flags.changesTo({ on: true });
  await flags.serve();
  await OpenFeature.clearProviders();
  flags.stage.ledger.clear();
  await flags.stage.advance(60_000);
  expect(flags.stage.ledger.bill('reader').requests).toBe(0);
});

test('OpenFeature users are on the same side of a rollout at each request', async () => {
  const flags = new Flags();
  await flags.changesTo({ on: false });
  await flags.serve();
  const schedule = { kind: 'steps', steps: [{ percent: 50, forMs: 600_000 }] } as const;
  await flags.stage.run(flags.writer.publish({ on: true }, { rollout: { schedule } }));
  await flags.stage.advance(3_000);
  const ask = async (targetingKey: string) => {
    const asking = flags.client.getBooleanDetails('on', false, { targetingKey });
    return flags.stage.run(asking);
  };
  const first = [];
  for (let user = 0; user < 40; user += 1) first.push((await ask(`user-${user}`)).value);
  // Four standard deviations of a fair choice are 13.
  expect(Math.abs(first.filter((on) => on).length - 20)).toBeLessThan(13);
  await flags.stage.advance(60_000);
  const again = [];
  for (let user = 0; user < 40; user += 1) again.push((await ask(`user-${user}`)).value);
  expect(again).toEqual(first);
  expect((await ask('user-1')).reason).toBe('SPLIT');
});
