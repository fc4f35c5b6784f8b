import { createHash } from 'node:crypto';
import type { Change } from './change.ts';

/** A message that says: look again. What it says besides lets a receiver drop what it knows. */
export interface HintMessage {
  readonly v: 1;
  readonly namespace: string;
  readonly kind: 'config' | 'group';
  readonly name: string;
  readonly revision: number;
}

/** The hint of a change, if it has one. Hints come from heads only: nobody waits for the rest. */
export function hintOf(change: Change): HintMessage | undefined {
  if (change.kind !== 'config' && change.kind !== 'group') return undefined;
  const { namespace, kind, name, revision } = change;
  return { v: 1, namespace, kind, name, revision };
}

/**
 * The MQTT topic of a thing: `<root>/<namespace>/<kind>/<hash of the name>`. Policies confine
 * clients to a namespace by its second level. Hashed, because a name may hold what a topic may
 * not, and may be longer.
 */
export function hintTopic(
  root: string,
  { namespace, kind, name }: Pick<HintMessage, 'namespace' | 'name'> & { readonly kind: string },
): string {
  const hash = createHash('sha256').update(name, 'utf8').digest('base64url').slice(0, 22);
  return `${root}/${namespace}/${kind}/${hash}`;
}
