import { describe, expect, test } from 'vitest';
import { abortRollouts } from '../../../../functions/rollout/abort.ts';
import { alarmsOf } from '../../../../functions/rollout/alarm.ts';
import { readSettings } from '../../../../functions/rollout/settings.ts';

const change = (alarmName: unknown, value: unknown, source = 'aws.cloudwatch') => ({
  source,
  detail: { alarmName, state: { value } },
});
const sns = (message: unknown) => ({ Sns: { Message: JSON.stringify(message) } });

describe('an event of an alarm', () => {
  test('names those that have gone off', () => {
    expect(alarmsOf(change('errors', 'ALARM'))).toEqual(['errors']);
    const Records = [
      sns({ AlarmName: 'a', NewStateValue: 'ALARM' }),
      sns({ AlarmName: 'b', NewStateValue: 'OK' }),
      sns({ AlarmName: 'c', NewStateValue: 'ALARM' }),
    ];
    expect(alarmsOf({ Records })).toEqual(['a', 'c']);
  });

  test.each([
    [change('errors', 'OK')],
    [change('errors', 'INSUFFICIENT_DATA')],
    [change(7, 'ALARM')],
    [change('errors', 'ALARM', 'mine')],
    [{}],
    [{ Records: [] }],
    [{ Records: [{}, sns('hello'), { Sns: { Message: 'hello' } }] }],
  ])('names none: %j', (event) => {
    expect(alarmsOf(event)).toEqual([]);
  });
});

describe('the rollouts that alarms guard', () => {
  const guarded = ['limits', 'colours', 'sizes'].map((name) => ({
    ...{ alarm: name === 'sizes' ? 'other' : 'errors', namespace: 'photos', name },
  }));

  test('are aborted, and no others', async () => {
    const asked: string[] = [];
    const results = await abortRollouts(['errors'], guarded, async ({ name }) => {
      asked.push(name);
      return name === 'limits' ? 'aborted' : 'no-rollout';
    });
    expect(asked).toEqual(['limits', 'colours']);
    expect(results.map(({ outcome }) => outcome)).toEqual(['aborted', 'no-rollout']);
  });

  test('are all tried before a failure is told', async () => {
    const asked: string[] = [];
    const aborting = abortRollouts(['errors'], guarded, async ({ name }) => {
      asked.push(name);
      if (name === 'limits') throw new Error('throttled');
      return 'aborted';
    });
    await expect(aborting).rejects.toThrow('not every rollout was aborted');
    expect(asked).toEqual(['limits', 'colours']);
  });
});

test('the settings of the rollout function name what is missing', () => {
  expect(() => readSettings({})).toThrow('HOLDFAST_TABLE is not set');
  const table = { HOLDFAST_TABLE: 'table' };
  expect(() => readSettings(table)).toThrow('HOLDFAST_GUARDED_ROLLOUTS is not set');
  const settings = readSettings({ ...table, HOLDFAST_GUARDED_ROLLOUTS: '[]' });
  expect(settings).toEqual({ table: 'table', guarded: [] });
});
