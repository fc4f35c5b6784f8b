import { hashOf } from './digest.ts';
import type { GroupMember } from './member-row.ts';

/**
 * The members for a key, the first one first, by weighted rendezvous hashing: each member draws a
 * number for the key, and the largest win. When a member comes or goes, only the keys move that it
 * wins or had won. By id, so that a restart moves nothing.
 */
export function ownersOf(
  members: readonly GroupMember[],
  key: string,
  replicas: number,
): readonly GroupMember[] {
  const keyHash = hashOf(key);
  const drawn = members.map((member) => ({ member, score: scoreOf(member, keyHash) }));
  drawn.sort((a, b) => b.score - a.score || (a.member.id < b.member.id ? -1 : 1));
  return drawn.slice(0, replicas).map(({ member }) => member);
}

/** Of weights in the ratio 2 to 1, the first wins two keys of three. */
function scoreOf({ id, weight }: GroupMember, keyHash: number): number {
  const drawn = (mix(hashOf(id) ^ mix(keyHash)) + 0.5) / 2 ** 32;
  return weight / -Math.log(drawn);
}

/** The finaliser of MurmurHash3: every bit of the input changes half of the output. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
