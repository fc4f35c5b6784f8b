import { defineConfig } from 'vitest/config';

const skipReporter = './scripts/skip-reporter.mjs';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Bundles of the library with a planted bug are run as they are; transforming them takes a second.
    server: { deps: { external: [/\.build\/planted\//] } },
    // Two cores: more workers only make timing-sensitive process tests wait for each other.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The counts of a build are read from the report, not guessed from the screen.
    reporters: ['default', skipReporter, ...(process.env.CI === undefined ? [] : ['json'])],
    outputFile: { json: '.build/test-report.json' },
  },
});
