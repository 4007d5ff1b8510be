import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { PURE_ROOMS } from './test/fixtures/pure-rooms.ts';

const FAST = 'test/**/*.test.ts';
const SLOW = 'test/**/*.slow.test.ts';

/** What all files of one process would share: modules that are replaced, its folder, its rights, the mask of new files. */
const CHANGES_PROCESS = /\bvi\.mock\(|\bprocess\.(chdir|umask)\(|\b(unprivileged|withFileSizeLimit)\(/;

const alone = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((file) => path.join('test', file))
  .filter((file) => /(?<!\.slow)\.test\.ts$/.test(file) && CHANGES_PROCESS.test(readFileSync(file, 'utf8')));

export default defineConfig({
  test: {
    // Starting a process and loading what it tests costs a file more than most tests do: the others share some processes.
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: {
          name: 'together',
          include: [FAST],
          exclude: [SLOW, ...alone],
          isolate: false,
          setupFiles: 'test/fixtures/shared-process.ts',
        },
      },
    ],
    // Many tests wait for a program of their own: one more than there are cores keeps those busy.
    maxWorkers: availableParallelism() + 1,
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
      include: PURE_ROOMS.map((room) => `src/${room}/**`),
      reporter: [['text', { skipFull: true, maxCols: 110 }]],
      reportsDirectory: '.cache/coverage',
    },
  },
});
