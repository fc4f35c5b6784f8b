import { describe, expect, test } from 'vitest';
import type { HoldfastProps } from '../../infra/index.ts';
import { synthesize } from './synthesize.ts';

export const GUARDED = { alarm: { alarmName: 'errors' }, namespace: 'photos', name: 'limits' };
export const PUSH = { endpoint: 'abc-ats.iot.eu-west-1.amazonaws.com' };

/** What cannot be provisioned, and how it is said. */
export function describeProps(): void {
  describe('a stack with a property that is wrong', { timeout: 120_000 }, () => {
    const bus = { eventBusName: 'b', grantPutEventsTo: () => undefined as never };
    test.each<readonly [HoldfastProps, string]>([
      [{ tableName: 'a b' }, 'tableName: 3 to 255 letters'],
      [{ pointInTimeRecoveryDays: 36 }, 'pointInTimeRecoveryDays: 1 to 35, or false; got 36'],
      [{ maxReadUnit: 5 } as HoldfastProps, 'expected one of tableName, removalPolicy, '],
      [{ push: { ...PUSH, topic: 'a' } as typeof PUSH }, "endpoint, topicRoot, got 'topic'"],
      [{ maxReadUnits: 0 }, 'maxReadUnits: a whole number from 1; got 0'],
      [{ maxWriteUnits: 1.5 }, 'maxWriteUnits: a whole number from 1; got 1.5'],
      [{ eventBusName: 'aws.mine' }, 'eventBusName: letters'],
      [{ eventBus: bus, eventBusName: 'a' }, 'leave it out when eventBus is given'],
      [{ guardedRollouts: [{ ...GUARDED, namespace: 'a#b' }] }, "namespaces: 'a#b' is none"],
      [{ guardedRollouts: [{ ...GUARDED, name: '' }] }, 'guardedRollouts: each names a document'],
      [{ fanOut: false, push: PUSH }, 'fanOut is off, so nobody would use'],
      [{ fanOut: false, sentinel: true }, 'fanOut is off, so nobody would use'],
      [{ sentinel: { intervalSeconds: 4 } }, 'sentinel.intervalSeconds: whole seconds, 5 to 900'],
      [{ push: { endpoint: 'example.com' } }, 'push.endpoint: the host that'],
      [{ push: { ...PUSH, topicRoot: 'a/#' } }, 'push.topicRoot: letters'],
    ])('is refused with a sentence for %j', async (props, sentence) => {
      await expect(synthesize({ props })).rejects.toThrow(sentence);
    });
  });
}
