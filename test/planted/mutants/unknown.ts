import type { Mutant } from '../mutant.ts';

/** Bugs in what is made of a write whose outcome is unknown. */
export const UNKNOWN_MUTANTS = [
  {
    name: 'unknown-treated-as-refused',
    realBug: 'a lost answer is read as "somebody else has it": python_dynamodb_lock',
    file: 'lib/lease/record-client.ts',
    find: 'default:\n        return result;\n    }\n  }\n\n  async read(',
    replace: `case 'unknown':
        return { kind: 'refused', row: this.#parse(undefined) };
      default:
        return result;
    }
  }

  async read(`,
  },
  {
    name: 'renewal-unknown-treated-as-applied',
    realBug: 'the heartbeat extends its belief whatever came of the request',
    file: 'lib/lease/keeper.ts',
    find: 'this.#lastFailure = errorOfFailure(',
    replace: `this.#validity = validityOf({
          sent: instantOf(this.#runtime.clock),
          leaseMs: this.#kept.leaseMs,
          expiresAt: undefined,
          dateMs: undefined,
        });
        this.#watchExpiry();
        this.#lastFailure = errorOfFailure(`,
  },
  {
    name: 'acquire-unknown-treated-as-applied',
    realBug: 'a time-out of the acquire is taken for success, because it "usually works"',
    file: 'lib/lease/pursuit.ts',
    find: 'this.#late = lateWith(this.#late, session, asked.token);',
    replace: `{
      const owner = {
        id: this.#id,
        label: this.#runtime.label,
        renewals: 1,
        leaseMs,
        expiresAt: undefined,
        ownedSince: undefined,
      };
      const token = proposeToken(time, row.token);
      const now = this.#runtime.clock;
      return this.#grant(
        {
          kind: 'applied',
          row: { ...row, owner, token },
          sent: { monotonicMs: now.monotonicMs(), wallMs: now.wallMs() },
          dateMs: undefined,
        },
        this.#options.terms(),
      );
    }`,
  },
  {
    name: 'release-unknown-treated-as-applied',
    realBug: 'a release without an answer is reported as done, and the lock stays for its lease',
    file: 'lib/lease/give-up.ts',
    find: '        unsure = true;\n',
    replace: "        return stopWith({ outcome: 'released' });\n",
  },
  {
    name: 'own-grant-not-recognised',
    realBug: 'a client whose acquire was applied without an answer waits for its own ghost',
    file: 'lib/lease/plan.ts',
    find: "if (owner.id === id) return { kind: 'confirm', owner };",
    replace: '',
  },
  {
    name: 'id-per-process',
    realBug: "the owner's id is the host's name, so that a restarted process has its old lock",
    file: 'lib/lease/line.ts',
    find: 'const id = inheritedId ?? this.runtime.random.id();',
    replace: "const id = inheritedId ?? this.runtime.label.split('/')[0];",
  },
  {
    name: 'waiter-not-rechecked-after-abort',
    realBug: 'the grant arrives as the waiter gives up, and nobody gives it back',
    file: 'lib/lease/withdraw.ts',
    find: 'if (row.owner?.id === id) {',
    replace: 'if (row.owner?.id === id && row.token < 0) {',
  },
  {
    name: 'conflict-is-final',
    realBug: 'a write that met one of another region is given up: no list of errors had it yet',
    file: 'lib/store/dynamo-errors.ts',
    find: "reason: 'conflict',\n    retryable: true,",
    replace: "reason: 'conflict',\n    retryable: false,",
  },
  {
    name: 'crowd-taken-for-a-fault',
    realBug: 'many who write one row each give up after so many refusals, although it goes on',
    file: 'lib/lease/insist.ts',
    find: 'if (sight.row === undefined || isSame(answer.row, sight.row)) {',
    replace: "if (answer.kind === 'refused') {",
  },
  {
    name: 'ghost-left-behind',
    realBug: 'a caller who gives up leaves the request that may have been applied to itself',
    file: 'lib/lease/pursuit.ts',
    find: 'if (this.#mayBeInRow) await withdraw(',
    replace: "if (this.#id === '') await withdraw(",
  },
] as const satisfies readonly Mutant[];
