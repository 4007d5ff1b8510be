import { defineConfig } from 'vitest/config';

/** The rooms of values and decisions: each of their lines can be reached by a test. */
const PURE = ['codec', 'component', 'policy', 'snapshot', 'deployment', 'plan'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.slow.test.ts'],
    // Many tests wait for a program of their own: on two cores the default would be one at a time.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    allowOnly: false,
    // What a server logs is told of a test that fails.
    silent: 'passed-only',
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.cache/reports/fast.json' }]]
      : ['default'],
    // `npm run coverage`: a line for each room and for each of its files that is not reached whole.
    coverage: {
      include: PURE.map((room) => `src/${room}/**`),
      reporter: [['text', { skipFull: true, maxCols: 110 }]],
      reportsDirectory: '.cache/coverage',
    },
  },
});
