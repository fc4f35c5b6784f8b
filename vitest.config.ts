import { configDefaults, defineConfig } from 'vitest/config';

const skipReporter = './scripts/skip-reporter.mjs';

/** Files that leave nothing behind, in memory or outside. */
const SHARING = 'test/{unit,check,conformance,explore,planted,quick,sim,tidy}/**/*.test.ts';

export default defineConfig({
  test: {
    // Most of a small file's time is loading what every other one loads as well: files that cannot
    // disturb each other share a process. That is half of what they take.
    projects: [
      {
        extends: true,
        test: {
          name: 'sharing',
          include: [SHARING],
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, SHARING],
          // For two cores: they wait for processes, leases and brokers a third of their time.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The counts of a build are read from the report, not guessed from the screen.
    reporters: ['default', skipReporter, ...(process.env.CI === undefined ? [] : ['json'])],
    outputFile: { json: '.build/test-report.json' },
  },
});
