import type { ConvergedOptions } from './options.ts';
import { standingVersion } from './protocol.ts';
import type { Replica } from './replica.ts';
import { awaitConvergence, type Convergence, Reporter } from './reports.ts';
import type { RolloutControl } from './rollout-control.ts';
import { describeIssues } from './standard-schema.ts';

/** What this process says of the versions it is asked to run, and what follows from it. */
export class Acknowledgement {
  readonly #replica: Replica<unknown>;
  readonly #rollout: RolloutControl;
  #reporter: Reporter | undefined;

  constructor(replica: Replica<unknown>, rollout: RolloutControl) {
    this.#replica = replica;
    this.#rollout = rollout;
    replica.listen((notice) => {
      if (notice.kind !== 'rejected') return;
      // Another process that rejects it tries as well.
      rollout.abortRejected(notice.rejection.version).catch(() => undefined);
    });
  }

  /** Reports every change from now on. */
  reportAll(): void {
    const reporter = this.#ownReporter();
    this.#replica.listen((notice) => {
      const { rejection } = this.#replica;
      if (notice.kind === 'unanswered') return;
      if (rejection === undefined) {
        void reporter.report(this.#replica.applied?.version ?? 0, 'applied');
      } else {
        void reporter.report(rejection.version, 'rejected', describeIssues(rejection.issues));
      }
    });
  }

  async acknowledge(reject: string | undefined): Promise<void> {
    const version = this.#replica.applied?.version ?? 0;
    const reporter = this.#ownReporter();
    if (reject === undefined) return reporter.report(version, 'applied');
    await reporter.report(version, 'rejected', [reject]);
    await this.#rollout.abortRejected(version);
  }

  /** @param rollBack Publishes the version before, when the rejected one is under no rollout. */
  async converged(
    options: ConvergedOptions,
    rollBack: (version: number) => Promise<unknown>,
  ): Promise<Convergence> {
    const { quorum = 1, readersMin = 1, failOnReject = true, timeoutMs = 60_000 } = options;
    const { table } = this.#replica;
    const version = options.version ?? standingVersion(await table.freshHead());
    const { signal } = options;
    const request = { version, quorum, readersMin, failOnReject, timeoutMs, signal };
    const result = await awaitConvergence(table, request);
    if (result.outcome === 'rejected' && options.onReject === 'rollback') {
      if (!(await this.#rollout.abortRejected(version, true))) await rollBack(version);
    }
    return result;
  }

  #ownReporter(): Reporter {
    if (this.#reporter !== undefined) return this.#reporter;
    const { table } = this.#replica;
    const reporter = new Reporter(table);
    this.#reporter = reporter;
    table.runtime.closers.add(async () => {
      await reporter.leave();
      return { released: 0, unreleased: [] };
    });
    return reporter;
  }
}
