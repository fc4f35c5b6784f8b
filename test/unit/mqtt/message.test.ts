import { describe, expect, test } from 'vitest';
import { MqttHints, type MqttHintsOptions } from '../../../lib/mqtt/index.ts';
import { hintOf, messageOf } from '../../../lib/mqtt/message.ts';
import { topicOf } from '../../../lib/mqtt/topic.ts';

describe('a topic', () => {
  test('has four levels whatever the name', () => {
    const name = 'a/b+c#é'.repeat(100);
    const topic = topicOf('root', { namespace: 'photos', kind: 'config', name });
    expect(topic).toMatch(/^root\/photos\/config\/[\w-]{22}$/);
  });

  test('is another one for another name', () => {
    const topics = ['a', 'b'].map((name) => topicOf('r', { namespace: 'n', kind: 'k', name }));
    expect(new Set(topics).size).toBe(2);
  });
});

describe('a message', () => {
  const hint = { namespace: 'photos', kind: 'config', name: 'é', revision: 7 };
  const bytes = (text: string) => new TextEncoder().encode(text);

  test('says what it was made of', () => {
    expect(hintOf(bytes(JSON.stringify(messageOf(hint))))).toEqual(hint);
  });

  test.each([
    [''],
    ['null'],
    ['7'],
    ['{"v":1}'],
    [JSON.stringify({ ...messageOf(hint), v: 2 })],
    [JSON.stringify({ ...messageOf(hint), revision: '7' })],
    [JSON.stringify({ ...messageOf(hint), name: undefined })],
  ])('of a stranger is none: %s', (text) => {
    expect(hintOf(bytes(text))).toBeUndefined();
  });
});

describe('the options of hints over MQTT', () => {
  const url = 'mqtt://localhost';
  const awsIot = { endpoint: 'a', region: 'b', credentials: async () => ({}) as never };
  test.each([
    [{}],
    [{ url, awsIot }],
    [{ url: 'http://localhost' }],
    [{ url: 'localhost:1883' }],
    [{ url, topicRoot: 'a/b' }],
    [{ url, topicroot: 'a' }],
  ])('are refused: %j', (options) => {
    const invalid = expect.objectContaining({ code: 'invalid-argument' });
    expect(() => new MqttHints(options as MqttHintsOptions)).toThrow(invalid);
  });
});
