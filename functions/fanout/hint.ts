import { type HintMessage, messageOf } from '../../lib/mqtt/message.ts';
import type { Change } from './change.ts';

/** The hint of a change, if it has one. Hints come from heads only: nobody waits for the rest. */
export function hintOf(change: Change): HintMessage | undefined {
  if (change.kind !== 'config' && change.kind !== 'group') return undefined;
  return messageOf(change);
}
