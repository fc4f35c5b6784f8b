import { createRequire } from 'node:module';
import { eventPattern, type PatternOptions } from '../../functions/index.ts';

interface EventBridge {
  matchesPattern(pattern: object, event: object): boolean;
}

const { matchesPattern } = createRequire(import.meta.url)(
  '@coorpacademy/serverless-offline-eventbridge/src/eventbridge.js',
) as EventBridge;

/** Whether an event bus lets an event through, by a matcher that is not our own. */
export const matchesRule = matchesPattern;

/** A rule's pattern as CloudFormation writes it. */
export function ruleFor(options?: PatternOptions): object {
  const { detailType, ...rest } = eventPattern(options);
  return { ...rest, ...(detailType && { 'detail-type': detailType }) };
}
