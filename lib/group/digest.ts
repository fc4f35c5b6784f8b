/** What of a member row counts for the digest. A row's content is told by its life and version. */
export interface Digested {
  readonly id: string;
  readonly incarnation: string;
  readonly version: number;
}

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a: 32 bits, so that the hashes of two million members add up exactly. */
export function hashOf(text: string): number {
  let hash = OFFSET;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), PRIME);
  }
  return hash >>> 0;
}

/** What one member adds to the group's digest. */
export function memberHash({ id, incarnation, version }: Digested): number {
  // A newline ends an id, because ids may hold anything else.
  return hashOf(`${incarnation} ${version}\n${id}`);
}

/**
 * The digest of a group. A sum, so that each change can add its own part without knowing the
 * others, in whatever order they arrive.
 */
export function digestOf(members: Iterable<Digested>): number {
  let sum = 0;
  for (const member of members) sum += memberHash(member);
  return sum;
}
