import type { Announcement, MemberDetail } from '../events.ts';
import type { Change, MemberChange } from './change.ts';

export interface AnnounceOptions {
  /** Whether events carry what members say of themselves. */
  readonly memberMetadata: boolean;
}

/** What the bus is told of a change; nothing of a group's head, for which its members speak. */
export function announce(change: Change, options: AnnounceOptions): Announcement | undefined {
  const { namespace, name } = change;
  const thing = { v: 1, namespace, name } as const;
  switch (change.kind) {
    case 'config': {
      const { revision, version } = change;
      const news = version === undefined ? { change: 'removed' as const } : { version };
      return { type: 'config.changed', detail: { ...thing, revision, change: 'changed', ...news } };
    }
    case 'group':
      return undefined;
    case 'member':
      return { type: `group.member-${change.change}`, detail: memberDetail(change, options) };
    case 'leader': {
      const leader =
        change.change === 'resigned' || change.leader === undefined
          ? {}
          : { leader: change.leader };
      const { term, change: news } = change;
      return { type: 'leader.changed', detail: { ...thing, term, change: news, ...leader } };
    }
    case 'lock':
      return { type: 'lock.released', detail: { ...thing, token: change.token } };
  }
}

function memberDetail(change: MemberChange, { memberMetadata }: AnnounceOptions): MemberDetail {
  const { namespace, name, member, incarnation, generation, version, metadata } = change;
  const told = memberMetadata ? { metadata } : {};
  return { v: 1, namespace, name, member, incarnation, generation, version, ...told };
}
