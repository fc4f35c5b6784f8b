import { createHash } from 'node:crypto';
import type { HintTopic } from '../watch/hints.ts';

/** First level of every topic, unless another one is chosen. */
export const DEFAULT_TOPIC_ROOT = 'holdfast';

/** Characters of a hash: 132 bits, so that no two names meet by chance. */
const HASH_LENGTH = 22;

/**
 * The MQTT topic of a thing: `<root>/<namespace>/<kind>/<hash of the name>`. Policies confine
 * clients to a namespace by its second level. Hashed, because a name may hold what a topic may
 * not, and may be longer.
 */
export function topicOf(root: string, { namespace, kind, name }: HintTopic): string {
  const hash = createHash('sha256').update(name, 'utf8').digest('base64url');
  return `${root}/${namespace}/${kind}/${hash.slice(0, HASH_LENGTH)}`;
}
