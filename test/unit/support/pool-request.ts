import type { GetRequest, WriteRequest } from '../../../lib/store/store.ts';

/** What a request for a shared row is for. */
export type PoolRequestName =
  | 'look'
  | 'read'
  | 'acquired'
  | 'renew'
  | 'released'
  | 'counted'
  | 'arrived'
  | 'opened'
  | 'withdrawn'
  | 'changed'
  | 'resized'
  | 'join'
  | 'leave'
  | 'other';

/** Names a request by what it would change. */
export function poolRequestName(request: GetRequest | WriteRequest): PoolRequestName {
  if (!('kind' in request)) return request.consistent ? 'read' : 'look';
  if (request.kind !== 'update') return 'other';
  for (const action of request.actions) {
    if (action.kind === 'set' && action.path[0] === 'event') {
      return String(action.value).split('#')[0] as PoolRequestName;
    }
    if (action.path[0] === 'queue' && action.kind === 'append') return 'join';
  }
  const isRenewal = request.actions.some(({ path }) => path[2] === 'renewals');
  if (isRenewal) return 'renew';
  return request.actions.some(({ path }) => path[0] === 'queue') ? 'leave' : 'other';
}

/** A matcher for `FaultStore.onNextWrite`. */
export function poolRequest(name: PoolRequestName) {
  return (request: GetRequest | WriteRequest) => poolRequestName(request) === name;
}
