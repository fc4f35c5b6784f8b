/**
 * For Lambda functions that hear of changes: what the events of the bus look like, patterns for
 * rules, and handlers by type. An event is a hint: read the table before you act on it.
 */

import { type DetailByType, type DetailType, EVENT_SOURCE } from './events.ts';

export type {
  ConfigChangedDetail,
  DetailByType,
  DetailType,
  LeaderChangedDetail,
  LockReleasedDetail,
  MemberDetail,
  MemberMetadata,
} from './events.ts';
export { EVENT_SOURCE } from './events.ts';
export { STREAM_FILTERS, type StreamFilter } from './fanout/filters.ts';

/** An event as EventBridge hands it to a function, as far as it is used here. */
export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
}

/** What a function does about each kind of change that it wants to hear of. */
export type Reactions = {
  readonly [Type in DetailType]?: (detail: DetailByType[Type]) => Promise<void>;
};

/** Which changes a rule lets through. Nothing given: all of them. */
export interface PatternOptions {
  readonly types?: readonly DetailType[] | undefined;
  readonly namespaces?: readonly string[] | undefined;
  /** Names of documents, groups, elections or locks. */
  readonly names?: readonly string[] | undefined;
}

/** An event pattern, in the fields that the properties of a rule in CDK have. */
export interface RulePattern {
  readonly source: string[];
  readonly detailType?: string[];
  readonly detail?: Record<string, string[]>;
}

/** The versions of the format that this version of the package understands. */
const VERSION = 1;

/**
 * A Lambda handler that calls the reaction to an event's type. Events of other types, of other
 * sources and of a later format are left alone. What a reaction throws, the handler throws, and
 * EventBridge delivers the event again.
 *
 * ```ts
 * export const handler = onChanges({
 *   'config.changed': async ({ name }) => {
 *     if (name === 'limits') await limits.refresh();
 *   },
 * });
 * ```
 */
export function onChanges(reactions: Reactions): (event: BusEvent) => Promise<void> {
  return async (event) => {
    if (event.source !== EVENT_SOURCE || !Object.hasOwn(reactions, event['detail-type'])) return;
    const { detail } = event;
    if (typeof detail !== 'object' || detail === null || !('v' in detail)) return;
    if (detail.v !== VERSION) return;
    const react = reactions[event['detail-type'] as DetailType] as
      | ((detail: object) => Promise<void>)
      | undefined;
    await react?.(detail);
  };
}

/** A Lambda handler for changes of configuration documents. See {@link onChanges}. */
export function onConfigChanged(react: NonNullable<Reactions['config.changed']>) {
  return onChanges({ 'config.changed': react });
}

/** A Lambda handler for members that come, change and go, told which. See {@link onChanges}. */
export function onMembersChanged(
  react: (
    change: 'joined' | 'changed' | 'left',
    detail: DetailByType['group.member-joined'],
  ) => Promise<void>,
) {
  return onChanges({
    'group.member-joined': (detail) => react('joined', detail),
    'group.member-changed': (detail) => react('changed', detail),
    'group.member-left': (detail) => react('left', detail),
  });
}

/** A Lambda handler for elections. See {@link onChanges}. */
export function onLeaderChanged(react: NonNullable<Reactions['leader.changed']>) {
  return onChanges({ 'leader.changed': react });
}

/** A Lambda handler for locks that have become free. See {@link onChanges}. */
export function onLockReleased(react: NonNullable<Reactions['lock.released']>) {
  return onChanges({ 'lock.released': react });
}

/**
 * The pattern of a rule for these changes: `new Rule(this, 'Limits', { eventBus, eventPattern })`.
 */
export function eventPattern({ types, namespaces, names }: PatternOptions = {}): RulePattern {
  const detail = {
    ...(namespaces && { namespace: [...namespaces] }),
    ...(names && { name: [...names] }),
  };
  return {
    source: [EVENT_SOURCE],
    ...(types && { detailType: [...types] }),
    ...(Object.keys(detail).length > 0 && { detail }),
  };
}
