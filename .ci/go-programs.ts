// Builds the Go programs that slow tests run, before them: both cores are free then, and no test waits for a compiler.
import { goProgram } from '../test/fixtures/ci-cache.ts';
import { GO_PROGRAMS } from '../test/fixtures/go-programs.ts';

for (const program of GO_PROGRAMS) console.log(await goProgram(program));
