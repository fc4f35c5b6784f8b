import type { Operation } from './history.ts';
import type { Model } from './model.ts';

export type MutexInput =
  | { readonly kind: 'acquire' }
  | { readonly kind: 'renew'; readonly token: number }
  | { readonly kind: 'release'; readonly token: number };

export type MutexOutput =
  | { readonly kind: 'granted'; readonly token: number }
  /** An acquire that found the lock held. */
  | { readonly kind: 'busy' }
  /** A renew or release by the holder. */
  | { readonly kind: 'done' }
  /** A renew or release by somebody who is not the holder, or no longer. */
  | { readonly kind: 'lost' };

/** The lock: who holds it and which tokens are spent. */
export type MutexState =
  | { readonly kind: 'free'; readonly last: number }
  | { readonly kind: 'held'; readonly token: number }
  /** Held by an acquire whose answer was lost: its token is known only to be at least this. */
  | { readonly kind: 'held-by-unknown'; readonly atLeast: number };

export interface MutexModelOptions {
  /**
   * Whether leases may lapse: then an acquire may also succeed on a held lock, and the old holder
   * has lost it from that moment. The token still must grow.
   */
  readonly lapses: boolean;
}

/** A lock with fencing tokens, as its clients see it: every grant's token exceeds all before. */
export function fencedMutexModel(
  options: MutexModelOptions,
): Model<MutexState, MutexInput, MutexOutput> {
  return {
    initial: { kind: 'free', last: 0 },
    step(state, operation) {
      const { input } = operation;
      if (input.kind === 'acquire') return acquire(state, operation, options.lapses);
      return use(state, input.token, input.kind === 'release', operation);
    },
    identify(state) {
      switch (state.kind) {
        case 'free':
          return `free after ${state.last}`;
        case 'held':
          return `held by ${state.token}`;
        case 'held-by-unknown':
          return `held by ${state.atLeast} or more`;
      }
    },
    describe(operation) {
      const { input } = operation;
      const call = `${input.kind}(${input.kind === 'acquire' ? '' : input.token})`;
      if (operation.kind === 'unknown') return `${call} -> unknown`;
      const { output } = operation;
      return `${call} -> ${output.kind === 'granted' ? output.token : output.kind}`;
    },
  };
}

type MutexOperation = Operation<MutexInput, MutexOutput>;

function acquire(
  state: MutexState,
  operation: MutexOperation,
  lapses: boolean,
): readonly MutexState[] {
  const last = lastToken(state);
  const available = state.kind === 'free' || lapses;
  if (operation.kind === 'unknown') {
    return available ? [{ kind: 'held-by-unknown', atLeast: last + 1 }] : [];
  }
  const { output } = operation;
  switch (output.kind) {
    case 'granted':
      return available && output.token > last ? [{ kind: 'held', token: output.token }] : [];
    case 'busy':
      return state.kind === 'free' ? [] : [state];
    default:
      return [];
  }
}

/** A renew or a release. */
function use(
  state: MutexState,
  token: number,
  releases: boolean,
  operation: MutexOperation,
): readonly MutexState[] {
  const answer = operation.kind === 'completed' ? operation.output.kind : 'unknown';
  const after: MutexState = releases ? { kind: 'free', last: token } : { kind: 'held', token };
  const holds =
    (state.kind === 'held' && state.token === token) ||
    (state.kind === 'held-by-unknown' && state.atLeast <= token);
  // Where the holder's token is unknown, it may be this one and need not be.
  const mayNotHold = !(state.kind === 'held' && state.token === token);
  switch (answer) {
    case 'done':
      return holds ? [after] : [];
    case 'lost':
      return mayNotHold ? [state] : [];
    case 'unknown':
      return holds && mayNotHold ? [after, state] : [holds ? after : state];
    default:
      return [];
  }
}

/** No token up to this one may be granted again. */
function lastToken(state: MutexState): number {
  switch (state.kind) {
    case 'free':
      return state.last;
    case 'held':
      return state.token;
    case 'held-by-unknown':
      return state.atLeast;
  }
}
