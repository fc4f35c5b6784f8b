/**
 * What the functions put on the event bus. A detail says what changed and never what it changed
 * to: consumers read the table. Delivery is at least once and in no order, so each detail carries
 * a number that only grows by which a consumer tells news from repetitions.
 */

/** `source` of every event. */
export const EVENT_SOURCE = 'holdfast';

/** Common to all details. */
interface Detail {
  /** Version of the format. Fields may be added to a version, and never change their meaning. */
  readonly v: 1;
  readonly namespace: string;
  /** Name of the document, the group, the election or the lock. */
  readonly name: string;
}

/** A configuration document has a new head: a version was published, or a rollout moved on. */
export interface ConfigChangedDetail extends Detail {
  /** Grows with every write of the head. */
  readonly revision: number;
  /** The version that the head points at; absent when the head row was removed by hand. */
  readonly version?: number;
  readonly change: 'changed' | 'removed';
}

/** A member of a group came, changed what it says of itself, or went. */
export interface MemberDetail extends Detail {
  readonly member: string;
  /** Which life of the member: another join under the same id has another one. */
  readonly incarnation: string;
  /** Grows from life to life of one id. */
  readonly generation: number;
  /** How often this life has changed its row. */
  readonly version: number;
  /** What the member says of itself. Only when the function was told to pass it on. */
  readonly metadata?: MemberMetadata;
}

/** What a member says of itself to who reads the group. */
export interface MemberMetadata {
  readonly state?: string;
  readonly address?: string;
  readonly zone?: string;
  readonly weight?: number;
  readonly meta?: unknown;
}

/** An election has a leader, has none, or its leader has proclaimed another value. */
export interface LeaderChangedDetail extends Detail {
  /** The fencing token of the term. Grows from leader to leader. */
  readonly term: number;
  readonly change: 'elected' | 'proclaimed' | 'resigned';
  /** Who leads, in words; absent after a resignation. */
  readonly leader?: string;
}

/** A lock was given up with nobody waiting for it. */
export interface LockReleasedDetail extends Detail {
  /** The fencing token of the hold that ended. Grows from hold to hold. */
  readonly token: number;
}

/** Which detail belongs to which `detail-type`. */
export interface DetailByType {
  readonly 'config.changed': ConfigChangedDetail;
  readonly 'group.member-joined': MemberDetail;
  readonly 'group.member-changed': MemberDetail;
  readonly 'group.member-left': MemberDetail;
  readonly 'leader.changed': LeaderChangedDetail;
  readonly 'lock.released': LockReleasedDetail;
}

/** `detail-type` of an event. */
export type DetailType = keyof DetailByType;

/** One event, as yet without the envelope that the bus puts around it. */
export type Announcement = {
  readonly [Type in DetailType]: { readonly type: Type; readonly detail: DetailByType[Type] };
}[DetailType];
