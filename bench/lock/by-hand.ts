import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { TABLE } from '../common/engines.ts';

/**
 * The smallest lock that people write by hand: no token that outlives the row, no line, no table
 * time, no way to tell a lost answer. It is what a comparison with "just a conditional update"
 * means.
 */
const ROW = {
  TableName: TABLE,
  Key: { pk: { S: 'default#lock#hand' }, sk: { S: 'lock' } },
  ExpressionAttributeNames: { '#owner': 'owner' },
} as const;
const OWNER = { S: 'abcdefghijklmnopqrst' };
const LEASE_MS = 15_000;

export function acquireByHand(nowMs: number): UpdateItemCommandInput {
  return {
    ...ROW,
    UpdateExpression: 'SET #owner = :owner, expiresAt = :expiresAt',
    ConditionExpression: 'attribute_not_exists(#owner) OR expiresAt < :now',
    ExpressionAttributeValues: {
      ':owner': OWNER,
      ':expiresAt': { N: `${nowMs + LEASE_MS}` },
      ':now': { N: `${nowMs}` },
    },
  };
}

export function releaseByHand(): UpdateItemCommandInput {
  return {
    ...ROW,
    UpdateExpression: 'REMOVE #owner',
    ConditionExpression: '#owner = :owner',
    ExpressionAttributeValues: { ':owner': OWNER },
  };
}
