// The workflow that finds drift: the commands in it, run as its runner runs them, on a host with the real Wassette on it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Machine, makeMachine } from '../../fixtures/system/machine.ts';
import { wassetteCommand } from '../../fixtures/wassette/wassette.ts';

interface Step {
  run?: string;
  uses?: string;
  if?: string;
  with?: Record<string, string>;
}
const file = new URL('../../../examples/drift.yml', import.meta.url);
const { jobs, on } = parse(readFileSync(file, 'utf8')) as { jobs: { drift: { steps: Step[] } }; on: object };
const { steps } = jobs.drift;

/** Runs the steps on a machine: those that do not say otherwise as long as none has failed. */
function runWorkflow(machine: Machine) {
  const summary = path.join(machine.home, 'summary.md');
  writeFileSync(summary, '');
  let hasFailed = false;
  let log = '';
  for (const { run, if: condition = 'success()' } of steps) {
    const isDue = { 'success()': !hasFailed, 'failure()': hasFailed, 'always()': true }[condition]!;
    if (run === undefined || !isDue) continue;
    const script = path.join(machine.home, 'step.sh');
    writeFileSync(script, run);
    const { code, stdout, stderr } = machine.sh(`GITHUB_STEP_SUMMARY=${summary} bash -e ${script}`);
    expect(stderr).toBe('');
    log += stdout;
    hasFailed ||= code !== 0;
  }
  const uploaded = steps.find(({ uses }) => uses?.includes('upload-sarif'))!.with!.sarif_file!;
  const { results } = JSON.parse(readFileSync(path.join(machine.home, uploaded), 'utf8')).runs[0];
  return { hasFailed, log, summary: readFileSync(summary, 'utf8'), results };
}

test('the workflow fails when somebody granted by hand, names what, and passes after an import', async () => {
  expect(Object.keys(on)).toEqual(['schedule', 'workflow_dispatch']);
  const machine = makeMachine();
  machine.install('weather');
  const sh = (line: string) => expect(machine.sh(line)).toMatchObject({ code: 0, stderr: '' });
  sh('wassette-state export -o team.wassette.json');
  sh('wassette-state import team.wassette.json --yes');
  expect(runWorkflow(machine)).toMatchObject({ hasFailed: false, summary: '', results: [] });

  const [program, ...before] = await wassetteCommand('0.8.0');
  const grant = ['permission', 'grant', 'network', 'weather', 'api.example.com'];
  const there = ['--component-dir', machine.componentDir];
  execFileSync(program, [...before, ...grant, ...there], { env: machine.env, stdio: 'pipe' });
  const { hasFailed, log, summary, results } = runWorkflow(machine);
  expect(hasFailed).toBe(true);
  expect(log).toContain('+ may reach "api.example.com"');
  expect(summary).toContain('- **gains**: may reach `"api.example.com"`');
  expect(results[0]).toMatchObject({
    ruleId: 'permission-gained',
    level: 'error',
    message: { text: '"weather" changed: may reach "api.example.com"' },
    locations: [{ physicalLocation: { artifactLocation: { uri: 'team.wassette.json' } } }],
  });

  sh('wassette-state import team.wassette.json --yes');
  const after = runWorkflow(machine);
  expect(after).toMatchObject({ hasFailed: false, results: [] });
  expect(after.log).toMatch(/last import there: \d{4}-/);
  expect(existsSync(path.join(machine.home, 'team.wassette.json'))).toBe(true);
});
