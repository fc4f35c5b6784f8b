import { onAbort } from '../core/abort.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { GroupCore } from './core.ts';
import type { WatchOptions } from './options.ts';
import {
  changesBetween,
  cursorOf,
  type GroupEvent,
  type GroupView,
  isCurrent,
  type MemberChange,
  type ResetReason,
} from './view.ts';

/**
 * The events of a group, one watcher's. A watcher that is slow is told what differs between the
 * view that it was told of last and the newest, so nothing piles up.
 */
export async function* watchGroup(
  core: GroupCore,
  group: string,
  { cursor, signal }: WatchOptions,
): AsyncGenerator<GroupEvent, void, undefined> {
  const { follower, runtime } = core;
  const signals = [signal, runtime.closing];
  const isOver = () => signals.some((each) => each?.aborted === true);
  let wake = () => {};
  let isNews = true;
  const ring = () => {
    isNews = true;
    wake();
  };
  const stopFollowing = core.follow(ring, true);
  const stopListening = onAbort(signals, ring);
  try {
    let told: GroupView | undefined;
    let restarts = 0;
    while (!isOver()) {
      const { view } = follower;
      if (!isNews || view === undefined || view === told) {
        isNews = false;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (isNews) resolve();
        });
        continue;
      }
      isNews = false;
      if (told === undefined) yield* first(group, view, cursor);
      else if (restarts !== follower.restarts) yield reset(group, view, 'table-restored');
      else yield* changes(group, told, view, (each) => follower.hasExpired(each));
      restarts = follower.restarts;
      told = view;
    }
  } finally {
    stopListening();
    stopFollowing();
  }
}

function* first(group: string, view: GroupView, cursor: string | undefined) {
  const isKnown = cursor === undefined ? false : isCurrent(cursor, group, view);
  if (isKnown === undefined) {
    throw new InvalidArgumentError('cursor', `one of group ${group}`, cursor);
  }
  if (isKnown) return;
  if (cursor !== undefined) yield reset(group, view, 'cursor-outdated');
  else yield { type: 'snapshot', view, cursor: cursorOf(group, view) } as const;
}

function reset(group: string, view: GroupView, reason: ResetReason): GroupEvent {
  return { type: 'reset', reason, view, cursor: cursorOf(group, view) };
}

function* changes(
  group: string,
  told: GroupView,
  view: GroupView,
  hasExpired: (incarnation: string) => boolean,
): Generator<GroupEvent> {
  if (told.members === view.members) return;
  const all: readonly MemberChange[] = changesBetween(told.members, view.members, hasExpired);
  for (const [index, change] of all.entries()) {
    // Whoever stops between two changes of one view is told anew: a cursor stands for whole views.
    const isLast = index === all.length - 1;
    yield { ...change, view, cursor: cursorOf(group, isLast ? view : told) };
  }
}
