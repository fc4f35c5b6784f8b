import { describe, expect, test } from 'vitest';
import {
  type BusEvent,
  onChanges,
  onConfigChanged,
  onLeaderChanged,
  onLockReleased,
  onMembersChanged,
  type PatternOptions,
} from '../../../functions/index.ts';
import { matchesRule, ruleFor } from '../../functions/rule-matcher.ts';

const thing = { v: 1, namespace: 'photos', name: 'it' };

function event(type: string, detail: unknown = thing, source = 'holdfast'): BusEvent {
  return { source, 'detail-type': type, detail };
}

describe('a function that hears of changes', () => {
  test('reacts to those that it names', async () => {
    const heard: unknown[] = [];
    const handler = onChanges({ 'config.changed': async ({ name }) => void heard.push(name) });
    await handler(event('config.changed'));
    await handler(event('lock.released'));
    expect(heard).toEqual(['it']);
  });

  test.each([
    [event('config.changed', thing, 'aws.ec2')],
    [event('config.changed', { ...thing, v: 2 })],
    [event('config.changed', {})],
    [event('config.changed', null)],
    [event('toString')],
  ])('leaves alone what is not for it: %j', async (strange) => {
    let calls = 0;
    const handler = onConfigChanged(async () => {
      calls += 1;
    });
    await handler(strange);
    expect(calls).toBe(0);
  });

  test('fails when its reaction does, so that the event comes again', async () => {
    const handler = onLockReleased(() => Promise.reject(new Error('busy')));
    await expect(handler(event('lock.released'))).rejects.toThrow('busy');
  });

  test('is told which way a member went, and what became of a leader', async () => {
    const heard: string[] = [];
    const members = onMembersChanged(async (change) => void heard.push(change));
    for (const way of ['joined', 'changed', 'left']) await members(event(`group.member-${way}`));
    const leaders = onLeaderChanged(async ({ change }) => void heard.push(change));
    await leaders(event('leader.changed', { ...thing, change: 'elected' }));
    expect(heard).toEqual(['joined', 'changed', 'left', 'elected']);
  });
});

describe('the pattern of a rule', () => {
  const matches = (options: PatternOptions | undefined, given: BusEvent) =>
    matchesRule(ruleFor(options), given);

  test.each([
    [{}, true],
    [{ types: ['config.changed'] as const, namespaces: ['photos'], names: ['it'] }, true],
    [{ types: ['lock.released'] as const }, false],
    [{ namespaces: ['videos'] }, false],
    [{ names: ['that'] }, false],
  ])('%j lets a change of the document through: %s', (options, expected) => {
    expect(matches(options, event('config.changed'))).toBe(expected);
  });

  test('lets no other source through', () => {
    expect(matches({}, event('config.changed', thing, 'aws.ec2'))).toBe(false);
  });
});
