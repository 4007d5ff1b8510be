// What the test runners reported: a line for each failed test and each runner, and last how many passed and failed in
// all. A runner that left no report has failed, and so has a test that was skipped.
import { readFileSync } from 'node:fs';

const [directory, failedLanes] = process.argv.slice(2);
let passed = 0;
let failed = 0;

console.log('== tests');
for (const runner of ['fast', 'slow']) {
  try {
    const report = JSON.parse(readFileSync(`${directory}/${runner}.json`, 'utf8'));
    const skipped = report.numPendingTests + report.numTodoTests;
    for (const file of report.testResults) {
      const name = file.name.slice(process.cwd().length + 1);
      const tests = file.assertionResults.filter(({ status }) => status !== 'passed');
      for (const { status, fullName } of tests) console.log(`${status}: ${name}: ${fullName}`);
      if (file.status === 'failed' && tests.length === 0) console.log(`failed: ${name}`);
    }
    console.log(
      `${runner}: ${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped`,
    );
    passed += report.numPassedTests;
    failed += report.numFailedTests + skipped;
    // A file that could not be loaded has no tests to count.
    if (!report.success && report.numFailedTests === 0) failed += 1;
  } catch (error) {
    console.log(`${runner}: no report (${error.message})`);
    failed += 1;
  }
}
// A lane without tests, or one that failed beside them, is no less a failure.
if (failed === 0) failed = Number(failedLanes);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
