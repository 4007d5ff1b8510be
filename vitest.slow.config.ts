import { existsSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, which begin first: the other worker would wait for one that begins last. */
const LONGEST = [
  'test/e2e/crash/crash.slow.test.ts',
  'test/e2e/crash/recovery-power-loss.slow.test.ts',
  'test/e2e/wassette/said-is-done.slow.test.ts',
  'test/e2e/planted-secrets/commands.slow.test.ts',
  'test/e2e/wrap/windows.slow.test.ts',
  'test/e2e/git/merge.slow.test.ts',
  'test/e2e/wrap/wrap.slow.test.ts',
  'test/e2e/wrap/wrap-under-load.slow.test.ts',
  'test/e2e/crash/approvals.slow.test.ts',
  'test/places/oci/bucket-failures.slow.test.ts',
  'test/places/registry/faults.slow.test.ts',
].map((file) => path.resolve(file));

for (const file of LONGEST) if (!existsSync(file)) throw new Error(`there is no ${file}`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    const longest = LONGEST.flatMap((file) => rest.filter(({ moduleId }) => moduleId === file));
    return [...longest, ...rest.filter((file) => !longest.includes(file))];
  }
}

// Fault injection, crash, power loss, the real Wassette and real clients: minutes, in a lane of their own, two files at a
// time, because much of it waits.
export default defineConfig({
  test: {
    include: ['test/**/*.slow.test.ts'],
    testTimeout: 1_500_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    allowOnly: false,
    // What a server logs is told of a test that fails.
    silent: 'passed-only',
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.cache/reports/slow.json' }]]
      : ['default'],
  },
});
