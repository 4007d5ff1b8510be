import { defineConfig } from 'vitest/config';

// Fault injection, crash, power loss, the real Wassette and real clients: minutes, in a lane of their own, two files at a
// time, because much of it waits.
export default defineConfig({
  test: {
    include: ['test/**/*.slow.test.ts'],
    testTimeout: 1_500_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    allowOnly: false,
    // What a server logs is told of a test that fails.
    silent: 'passed-only',
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.cache/reports/slow.json' }]]
      : ['default'],
  },
});
