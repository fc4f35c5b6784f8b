import type {
  GetRequest,
  QueryRequest,
  UpdateRequest,
  WriteRequest,
} from '../../../lib/store/store.ts';
import type { Value } from '../../../lib/store/value.ts';

/** What a request for an ownership row is for, in the words of the protocol. */
export type RequestName =
  | 'look'
  | 'read'
  | 'acquire'
  | 'renew'
  | 'activate'
  | 'proclaim'
  | 'release'
  | 'kill'
  | 'pass'
  | 'hand-over'
  | 'transfer'
  | 'help'
  | 'enqueue'
  | 'dequeue'
  | 'keep-place'
  | 'outdate'
  | 'acquire-all'
  | 'other';

/** Names a request by what it would change: tests script faults for, and count, one kind of it. */
export function requestName(request: GetRequest | QueryRequest | WriteRequest): RequestName {
  if (!('kind' in request)) return request.consistent ? 'read' : 'look';
  return request.kind === 'update' ? updateName(request) : 'other';
}

/** A matcher for `FaultStore.onNextWrite`. */
export function named(name: RequestName): (request: GetRequest | WriteRequest) => boolean {
  return (request) => requestName(request) === name;
}

function updateName(request: UpdateRequest): RequestName {
  const event = valueSet(request, 'event');
  const [transition] = typeof event === 'string' ? event.split('#') : [];
  switch (transition) {
    case 'released':
      return 'release';
    case 'killed':
      return 'kill';
    case 'proclaimed':
      return 'proclaim';
    case 'granted':
      return grantName(request);
    case 'acquired':
      if (request.actions.some(({ kind, path }) => kind === 'copy' && path[0] === 'takenFrom')) {
        return 'acquire';
      }
      return valueSet(request, 'previous') === undefined ? 'activate' : 'pass';
    default:
      return lineName(request);
  }
}

function grantName(request: UpdateRequest): RequestName {
  const previous = valueSet(request, 'previous') as { readonly how?: string } | undefined;
  if (previous?.how === 'taken') return 'help';
  // A hand-over takes whoever is first; a transfer names its candidate.
  return JSON.stringify(request.condition).includes('"id"') ? 'transfer' : 'hand-over';
}

function lineName(request: UpdateRequest): RequestName {
  for (const { kind, path } of request.actions) {
    if (path[0] !== 'queue') continue;
    if (kind === 'append') return 'enqueue';
    return kind === 'remove' ? 'dequeue' : 'keep-place';
  }
  if (valueSet(request, 'renewals') !== undefined) return 'renew';
  return valueSet(request, 'token') === undefined ? 'other' : 'outdate';
}

function valueSet(request: UpdateRequest, attribute: string): Value | undefined {
  for (const action of request.actions) {
    if (action.kind !== 'set' || action.path.length !== 1) continue;
    if (action.path[0] === attribute) return action.value;
  }
  return undefined;
}
