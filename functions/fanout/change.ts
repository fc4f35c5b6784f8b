import type { MemberMetadata } from '../events.ts';

/** What a stream record says, in the library's words. */
export type Change = ConfigChange | GroupChange | MemberChange | LeaderChange | LockChange;

/** What every change has: of what, and where in the stream. */
interface Common {
  readonly namespace: string;
  readonly name: string;
  readonly sequenceNumber: string;
}

export interface ConfigChange extends Common {
  readonly kind: 'config';
  readonly revision: number;
  /** Absent when the head row itself was removed. */
  readonly version: number | undefined;
}

/** Feeds hints only: on the bus, members speak for their group. */
export interface GroupChange extends Common {
  readonly kind: 'group';
  readonly revision: number;
}

export interface MemberChange extends Common {
  readonly kind: 'member';
  readonly change: 'joined' | 'changed' | 'left';
  readonly member: string;
  readonly incarnation: string;
  readonly generation: number;
  readonly version: number;
  readonly metadata: MemberMetadata;
}

export interface LeaderChange extends Common {
  readonly kind: 'leader';
  readonly change: 'elected' | 'proclaimed' | 'resigned';
  readonly term: number;
  readonly leader: string | undefined;
}

export interface LockChange extends Common {
  readonly kind: 'lock';
  readonly token: number;
}

/**
 * What only the latest news of matters. A member that joined and left within one batch has left:
 * the bus keeps no order, so two events could leave a consumer with a member that is gone.
 */
export function topicOf(change: Change): string {
  const { kind, namespace, name } = change;
  return JSON.stringify([kind, namespace, name, kind === 'member' ? change.member : '']);
}
