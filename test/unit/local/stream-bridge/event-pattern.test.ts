import { describe, expect, test } from 'vitest';
import {
  type EventPattern,
  matchesPattern,
} from '../../../../lib/local/stream-bridge/event-pattern.ts';
import { matchesRule } from '../../../functions/rule-matcher.ts';

const EVENT = {
  eventName: 'MODIFY',
  tags: ['red', 'Blue'],
  dynamodb: { Keys: { sk: { S: 'member#a' } }, NewImage: { n: { N: '7' }, no: { NULL: true } } },
};

describe('an event pattern', () => {
  test.each<readonly [EventPattern]>([
    [{}],
    [{ eventName: ['INSERT', 'MODIFY'] }],
    [{ eventName: ['MODIFY'], tags: ['red'] }],
    [{ tags: [{ suffix: 'ue' }] }],
    [{ tags: [{ 'equals-ignore-case': 'BLUE' }] }],
    [{ tags: [{ prefix: { 'equals-ignore-case': 'bL' } }] }],
    [{ dynamodb: { Keys: { sk: { S: [{ prefix: 'member#' }] } } } }],
    [{ dynamodb: { Keys: { sk: { S: [{ wildcard: 'm*#*' }] } } } }],
    [{ dynamodb: { NewImage: { n: { N: ['7'] } } } }],
    [{ dynamodb: { NewImage: { n: { N: [{ exists: true }] } } } }],
    [{ dynamodb: { NewImage: { absent: [{ exists: false }] } } }],
    [{ dynamodb: { OldImage: { n: { N: [{ exists: false }] } } } }],
    [{ eventName: [{ 'anything-but': ['REMOVE'] }] }],
    [{ eventName: [{ 'anything-but': { prefix: 'REM' } }] }],
    [{ $or: [{ eventName: ['REMOVE'] }, { tags: ['red'] }] }],
  ])('%j matches', (pattern) => {
    expect(matchesPattern(pattern, EVENT)).toBe(true);
    // A matcher that is not our own agrees. It knows maps within the detail alone.
    expect(matchesRule({ detail: pattern }, { detail: EVENT })).toBe(true);
  });

  test.each<readonly [EventPattern]>([
    [{ eventName: ['REMOVE'] }],
    [{ eventName: ['MODIFY'], tags: ['green'] }],
    [{ eventName: [] }],
    [{ dynamodb: { Keys: { sk: { S: ['member'] } } } }],
    // A pattern on the attribute instead of on its typed value.
    [{ dynamodb: { Keys: { sk: [{ prefix: 'member#' }] } } }],
    // DynamoDB's numbers are text here.
    [{ dynamodb: { NewImage: { n: { N: [7] } } } }],
    [{ dynamodb: { NewImage: { absent: { S: [{ exists: true }] } } } }],
    [{ eventName: [{ 'anything-but': ['MODIFY'] }] }],
    [{ eventName: [{ prefix: 'mod' }] }],
    [{ $or: [{ eventName: ['REMOVE'] }, { tags: ['green'] }] }],
  ])('%j does not match', (pattern) => {
    expect(matchesPattern(pattern, EVENT)).toBe(false);
    expect(matchesRule({ detail: pattern }, { detail: EVENT })).toBe(false);
  });

  // As AWS documents it, and otherwise than the other matcher has it.
  test.each<readonly [EventPattern]>([
    // Only leaves exist.
    [{ dynamodb: { NewImage: { n: [{ exists: true }] } } }],
    // What is absent is not anything.
    [{ dynamodb: { NewImage: { absent: { S: [{ 'anything-but': 'x' }] } } } }],
  ])('%j does not match, by the letter', (pattern) => {
    expect(matchesPattern(pattern, EVENT)).toBe(false);
  });

  test('with an unknown operator is an error', () => {
    const pattern = { eventName: [{ cidr: '10.0.0.0/8' }] };
    expect(() => matchesPattern(pattern, EVENT)).toThrow("'cidr' is not supported");
  });
});
