import type { Model } from './model.ts';

export type DirectoryInput =
  | { readonly kind: 'claim'; readonly owner: string }
  | { readonly kind: 'release'; readonly owner: string }
  | { readonly kind: 'resolve' };

export type DirectoryOutput =
  /** A claim that gave its owner the name, or found it his. */
  | { readonly kind: 'claimed' }
  /** A claim of what is another's. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'released' }
  /** A release by somebody who does not have the name. */
  | { readonly kind: 'not-owned' }
  | { readonly kind: 'owner'; readonly owner: string | undefined };

/** No owner is called so. */
const NOBODY = '';

/** One name of a directory: whose it is, if anybody's. */
export const directoryModel: Model<string, DirectoryInput, DirectoryOutput> = {
  initial: NOBODY,
  step(owner, operation) {
    const { input } = operation;
    const answer = operation.kind === 'completed' ? operation.output : undefined;
    const only = (kind: DirectoryOutput['kind'], after: string) =>
      answer === undefined || answer.kind === kind ? [after] : [];
    switch (input.kind) {
      case 'claim':
        return owner === NOBODY || owner === input.owner
          ? only('claimed', input.owner)
          : only('taken', owner);
      case 'release':
        return owner === input.owner ? only('released', NOBODY) : only('not-owned', owner);
      case 'resolve':
        if (answer?.kind !== 'owner') return answer === undefined ? [owner] : [];
        return (answer.owner ?? NOBODY) === owner ? [owner] : [];
    }
  },
  identify: (owner) => owner,
  describe(operation) {
    const { input } = operation;
    const call = `${input.kind}(${input.kind === 'resolve' ? '' : input.owner})`;
    if (operation.kind === 'unknown') return `${call} -> unknown`;
    const { output } = operation;
    return `${call} -> ${output.kind === 'owner' ? (output.owner ?? 'nobody') : output.kind}`;
  },
};
