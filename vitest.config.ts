import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.slow.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    allowOnly: false,
    // What a server logs is told of a test that fails.
    silent: 'passed-only',
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.cache/reports/fast.json' }]]
      : ['default'],
  },
});
