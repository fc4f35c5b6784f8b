import type { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HoldfastProps } from '../../infra/index.ts';
import { otherRegions } from '../../infra/regions.ts';
import { ENGINES, useEngine } from '../conformance/engines.ts';
import { isAllowed, statementsOf } from './policy.ts';
import { environmentOf, only, runGarbageSweep } from './stack-runner.ts';
import { removeOutputs, type Synthesized, synthesize } from './synthesize.ts';

// AWS's rules take seconds, and tens of them where the machine is shared.
const SLOW = { timeout: 120_000 };

let strong: Synthesized;
beforeAll(async () => {
  strong = await synthesize({
    props: { multiRegion: 'strong', maxReadUnits: 500 },
    region: 'us-west-2',
    extend: (holdfast, stack) => {
      holdfast.grantClient(roleIn(stack, 'Client'), { namespaces: ['photos'] });
    },
    // CDK's own rules are asked by `npm run deploy:check`: they take seconds.
    nag: true,
  });
}, SLOW.timeout);
afterAll(removeOutputs);

function roleIn(stack: Stack, name: string): Role {
  return new Role(stack, name, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
}

describe('a table in several regions', SLOW, () => {
  test('is strongly consistent in three, protected in each, and has no time to live', () => {
    const { Properties } = only(strong.template, 'AWS::DynamoDB::GlobalTable');
    expect(Properties.MultiRegionConsistency).toBe('STRONG');
    expect(Properties).not.toHaveProperty('TimeToLiveSpecification');
    expect(Properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
    const replicas = Properties.Replicas as { readonly Region: string }[];
    expect(replicas.map(({ Region }) => Region).sort()).toEqual([
      'us-east-1',
      'us-east-2',
      'us-west-2',
    ]);
    for (const replica of replicas) {
      expect(replica).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
  });

  test('has its garbage swept each hour, by a tenth of the capacity that it has', () => {
    const [rule] = Object.entries(strong.template.Resources).filter(
      ([id, { Type }]) => Type === 'AWS::Events::Rule' && id.startsWith('HoldfastGarbageSweep'),
    );
    expect(rule?.[1].Properties.ScheduleExpression).toBe('rate(1 hour)');
    const { HOLDFAST_GARBAGE_UNITS_PER_SECOND: units } = environmentOf(
      strong.template,
      'GarbageSweep',
    );
    expect(units).toBe('50');
    const alarms = Object.keys(strong.template.Resources).filter((id) => /AlarmsGarbage/.test(id));
    expect(alarms).toHaveLength(2);
  });

  test('lets clients into their namespaces in every region with a replica', () => {
    const statements = statementsOf(strong.template, 'Client');
    const ask = (region: string, key: string) =>
      isAllowed(statements, {
        action: 'dynamodb:UpdateItem',
        resource: `arn:<AWS::Partition>:dynamodb:${region}:<AWS::AccountId>:table/${table()}`,
        context: { 'dynamodb:LeadingKeys': [key] },
      });
    expect(ask('us-east-1', 'photos#lock#door')).toBe(true);
    expect(ask('us-east-2', 'photos#lock#door')).toBe(true);
    expect(ask('us-east-1', 'music#lock#door')).toBe(false);
    expect(ask('eu-west-1', 'photos#lock#door')).toBe(false);
  });

  test('lets nobody scan but the sweep, which writes nothing but its cursor', () => {
    const ask = (role: string, action: string, key?: string) =>
      isAllowed(statementsOf(strong.template, role), {
        action: `dynamodb:${action}`,
        resource: `<${only(strong.template, 'AWS::DynamoDB::GlobalTable').id}.Arn>`,
        context: key === undefined ? {} : { 'dynamodb:LeadingKeys': [key] },
      });
    expect(ask('Client', 'Scan')).toBe(false);
    expect(ask('HoldfastGarbageSweep', 'Scan')).toBe(true);
    expect(ask('HoldfastGarbageSweep', 'DeleteItem', 'photos#lock#door')).toBe(true);
    expect(ask('HoldfastGarbageSweep', 'UpdateItem', '#garbage')).toBe(true);
    expect(ask('HoldfastGarbageSweep', 'UpdateItem', 'photos#lock#door')).toBe(false);
    expect(ask('HoldfastGarbageSweep', 'PutItem', 'photos#lock#door')).toBe(false);
    expect(ask('Client', 'UpdateItem', '#garbage')).toBe(false);
  });

  const table = () => `<${only(strong.template, 'AWS::DynamoDB::GlobalTable').id}>`;
});

describe('the regions of a table', () => {
  const eventual = 'eventual' as 'strong';
  test.each<readonly [HoldfastProps, string, unknown]>([
    [{}, 'eu-north-1', undefined],
    [{ multiRegion: 'strong' }, 'ap-northeast-2', [['ap-northeast-1', 'ap-northeast-3']]],
    [
      { multiRegion: 'strong', replicas: ['us-east-1'], witness: 'us-east-2' },
      'us-west-2',
      [['us-east-1'], 'us-east-2'],
    ],
    [
      { multiRegion: 'strong', replicas: ['eu-west-3', 'eu-central-1'] },
      'eu-west-1',
      [['eu-west-3', 'eu-central-1']],
    ],
  ])('for %j in %s are as AWS takes them', (props, region, expected) => {
    const [replicas, witness] = (expected ?? []) as unknown[];
    const others = expected === undefined ? undefined : { replicas, witness };
    expect(otherRegions(props, region)).toEqual(others);
  });

  test.each<readonly [HoldfastProps, string, string]>([
    [{ replicas: ['us-east-1'] }, 'us-west-2', 'two regions could each grant one lock'],
    [{ multiRegion: eventual }, 'us-west-2', 'two regions could each grant one lock'],
    [{ witness: 'us-east-1' }, 'us-west-2', 'two regions could each grant one lock'],
    [{ multiRegion: 'strong' }, 'eu-north-1', 'no strongly consistent table in eu-north-1'],
    [{ multiRegion: 'strong' }, 'eu-west-1', 'two replicas, or one and a witness, of eu-west-2'],
    [{ multiRegion: 'strong', replicas: ['us-east-1'] }, 'us-west-2', 'and witness undefined'],
    [{ multiRegion: 'strong', witness: 'us-east-1' }, 'us-west-2', 'got replicas []'],
    [
      { multiRegion: 'strong', replicas: ['us-east-1', 'us-east-1'] },
      'us-west-2',
      'got replicas ["us-east-1","us-east-1"]',
    ],
    [
      { multiRegion: 'strong', replicas: ['us-east-1', 'us-east-2'], witness: 'us-east-2' },
      'us-west-2',
      'and witness us-east-2',
    ],
    [
      { multiRegion: 'strong', replicas: ['us-east-1', 'eu-west-1'] },
      'us-west-2',
      'of us-east-1, us-east-2',
    ],
  ])('are refused with the reason for %j in %s', (props, region, sentence) => {
    expect(() => otherRegions(props, region)).toThrow(sentence);
  });

  test('are refused in a stack that has no region of its own', async () => {
    await expect(synthesize({ props: { multiRegion: 'strong' } })).rejects.toThrow(
      'the stack needs a region of its own',
    );
  });
});

describe('what would be deployed to several regions', () => {
  const dynoxide = ENGINES.find(({ name }) => name === 'dynoxide');
  if (dynoxide === undefined) throw new Error('dynoxide is one of the engines');
  const running = useEngine(dynoxide);

  test('sweeps the garbage of its table', async (context) => {
    if (dynoxide.unavailable !== undefined) context.skip(dynoxide.unavailable);
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const old = { pk: 'photos#lock#old', sk: 'lock', ttl: nowSeconds - 7_200 };
    const live = { pk: 'photos#lock#live', sk: 'lock', ttl: nowSeconds + 7_200 };
    const left = await runGarbageSweep(strong, running().client ?? {}, [old, live]);
    expect(left).toEqual([live]);
  });
});
