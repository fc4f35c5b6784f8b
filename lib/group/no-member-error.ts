import { HoldfastError } from '../errors.ts';

/** Nobody in the group can be given work. */
export class NoMemberError extends HoldfastError {
  constructor(group: string, why: string) {
    super('no-member', `group '${group}': ${why}`);
  }
}
