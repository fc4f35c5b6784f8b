import type { Mutant } from '../mutant.ts';

/** Bugs of transactions that use native requests of DynamoDB's. */
export const NATIVE_MUTANTS = [
  {
    name: 'native-validates-by-plain-reads',
    realBug: 'reads are validated by GetItem, which shows half of a native request under way',
    file: 'lib/transaction/coordinator.ts',
    find: 'if (mode.isNative) return validateTogether({ ...this.#parts, signal }, reads, id);',
    replace: '',
  },
  {
    name: 'native-single-read-trusted',
    realBug: 'a single plain read is returned, and the next one shows what was before it',
    file: 'lib/transaction/plan.ts',
    find: 'if (slots.length === 0 && atOnceMax > 0) {',
    replace: 'if (slots.length === 0 && atOnceMax > 0 && reads.length > 1) {',
  },
  {
    name: 'native-mode-not-stored',
    realBug: 'the mode is each program’s own affair',
    file: 'lib/transaction/mode.ts',
    find: "const result = await this.#gateway.write({ kind: 'put', ...place, item, condition });",
    replace: "const result = { kind: 'applied' as const, item };",
  },
  {
    name: 'native-mode-not-compared',
    realBug: 'the mode is stored, and nobody looks at it',
    file: 'lib/transaction/mode.ts',
    find: 'if (agreedMode !== this.#mode)',
    replace: 'if (agreedMode === undefined)',
  },
  {
    name: 'native-token-renewed',
    realBug: 'a request that stayed unanswered is repeated as another one, and takes effect twice',
    file: 'lib/transaction/native-commit.ts',
    find: "if (result.kind === 'unknown') this.#isInDoubt = true;",
    replace: `if (result.kind === 'unknown') {
        this.#isInDoubt = true;
        this.#tokens += 1;
      }`,
  },
  {
    name: 'native-resends-too-late',
    realBug: 'a request is repeated when its token is forgotten, and takes effect twice',
    file: 'lib/transaction/native-commit.ts',
    find: 'if (this.#isTooLate()) return this.#lookForTraces();',
    replace: 'this.#isTooLate();',
  },
  {
    name: 'native-doubt-is-conflict',
    realBug: 'a cancellation is taken for the end, while an earlier request is still under way',
    file: 'lib/transaction/native-commit.ts',
    find: 'if (this.#isInDoubt) return wait(CANCELLED);',
    replace: '',
  },
  {
    name: 'native-write-ignores-locks',
    realBug: 'a native request writes what another transaction has locked',
    file: 'lib/transaction/native-plan.ts',
    find: 'const condition = isFreeAndAsSeen(seen, partitionKeyOf(place.table));',
    replace: `const condition = isFreeAndAsSeen(seen, partitionKeyOf(place.table)).filter(
      ({ kind, path }) => kind !== 'absent' || path[0] !== '_txl',
    );`,
  },
  {
    name: 'native-reads-unchecked',
    realBug: 'only what is written is part of the request: write skew',
    file: 'lib/transaction/attempt.ts',
    find: 'const plan = planNative(accesses, {',
    replace: 'const plan = planNative(accesses.filter(({ intent }) => intent !== undefined), {',
  },
  {
    name: 'native-fence-unchecked',
    realBug: 'the hold is not part of the request, and lost before it takes effect',
    file: 'lib/transaction/native-commit.ts',
    find: 'const checks = fence === undefined ? [] : [fence];',
    replace: 'const checks = fence === undefined ? [] : [fence].slice(1);',
  },
  {
    name: 'native-content-unchecked',
    realBug: 'an item without a version goes by a native request, which cannot compare its content',
    file: 'lib/transaction/native-plan.ts',
    find: 'if (!isComparable || parts > NATIVE_ITEMS_MAX) return undefined;',
    replace: 'if (parts > NATIVE_ITEMS_MAX) return undefined;',
  },
] as const satisfies readonly Mutant[];

export type NativeMutantName = (typeof NATIVE_MUTANTS)[number]['name'];
