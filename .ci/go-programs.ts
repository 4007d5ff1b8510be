// Builds the Go programs that slow tests run, before them: both cores are free then, and no test waits for a compiler.
import { goProgram } from '../test/fixtures/ci-cache.ts';
import { GO_PROGRAMS } from '../test/fixtures/go-programs.ts';

const [first, ...others] = GO_PROGRAMS;
console.log(await goProgram(first));
// Two at a time: one compiles while the other downloads or links.
const waiting = others.values();
async function buildWaiting(): Promise<void> {
  for (const program of waiting) console.log(await goProgram(program));
}
await Promise.all([buildWaiting(), buildWaiting()]);
