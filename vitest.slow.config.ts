import { defineConfig } from 'vitest/config';

// Fault injection, crash, power loss and the real Wassette: minutes, in a lane of their own, one file at a time.
export default defineConfig({
  test: {
    include: ['test/**/*.slow.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    allowOnly: false,
    // What a server logs is told of a test that fails.
    silent: 'passed-only',
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.cache/reports/slow.json' }]]
      : ['default'],
  },
});
