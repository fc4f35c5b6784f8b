/**
 * Says at the end of a test run what was skipped and why, and fails the run when a skip gives no
 * reason: a test that quietly stops running looks just like one that passes.
 *
 * A test gives its reason by `context.skip(reason)`.
 */
export default class SkipReporter {
  #filtered = false;

  onInit(vitest) {
    // With `-t`, whatever the pattern leaves out counts as skipped, which is no news.
    this.#filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules) {
    if (this.#filtered) return;
    const countByReason = new Map();
    for (const module of modules) {
      // Tests after a failed hook count as skipped, and the failure says more than they could.
      if (module.state() === 'failed') continue;
      for (const test of module.children.allTests('skipped')) {
        const reason = test.result().note ?? `NO REASON GIVEN: ${test.fullName}`;
        countByReason.set(reason, (countByReason.get(reason) ?? 0) + 1);
        if (test.result().note === undefined) process.exitCode = 1;
      }
    }
    for (const [reason, count] of countByReason) console.log(` Skipped ${count}: ${reason}`);
  }
}
