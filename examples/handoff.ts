// A handoff between two agents: A exports what its Wassette runs, B reviews, approves and restores it, then undoes it.
// `npm run handoff` runs it; `npm run handoff -- --wassette` also lets a real Wassette serve the tools on B's side.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { javaScriptProbe } from '../test/fixtures/components/probe.ts';
import { LiveWassette } from '../test/fixtures/wassette/wassette.ts';
import { Agent, approvalOf, type Directories, flagsFor, PROGRAM } from './agent.ts';

const withWassette = process.argv.includes('--wassette');
const root = await realpath(await mkdtemp(path.join(tmpdir(), 'handoff-')));

/** One host; both share the local store, as two agents of one user do. */
async function makeHost(name: string): Promise<Directories> {
  const componentDir = path.join(root, name, 'components');
  const secretsDir = path.join(root, name, 'secrets');
  await mkdir(componentDir, { recursive: true });
  return { componentDir, secretsDir, stateDir: path.join(root, 'state') };
}

function say(heading: string, ...lines: string[]): void {
  console.log([`\n${heading}`, ...lines.map((line) => `  ${line}`)].join('\n'));
}

const POLICY = `version: "1.0"
description: The weather desk may ask one service and read one variable
permissions:
  network:
    allow:
      - host: api.weather.example
  environment:
    allow:
      - key: WEATHER_CITY
`;

try {
  const hostA = await makeHost('a');
  const hostB = await makeHost('b');
  for (const name of ['weather', 'news']) {
    await copyFile(await javaScriptProbe({ name }), path.join(hostA.componentDir, `${name}.wasm`));
    await writeFile(path.join(hostA.componentDir, `${name}.policy.yaml`), POLICY);
  }

  const a = await Agent.start('agent-a', hostA, root);
  const b = await Agent.start('agent-b', hostB, root);
  try {
    const before = await a.list();
    say('Agent A runs', ...before.components.map((c) => `${c.component_id}: ${c.permissions.join(', ')}`));

    const exported = await a.exportState({ description: 'weather desk tools' });
    say('A exports and hands over this reference', exported.snapshot);

    const planned = await b.importState(exported.next_step.arguments);
    say('B plans; nothing has changed yet. B would allow', ...approvalOf(planned).accept);

    const applied = await b.importState(approvalOf(planned));
    say('B approves exactly that; it is a script, which cannot ask a person', applied.summary);

    const after = await b.list();
    assert.equal(after.state_digest, exported.state_digest, 'both hosts must have the same state');
    say('Both hosts now have the same state', after.state_digest);

    if (withWassette) await showServedTools(hostB);

    const again = await b.importState({ snapshot: exported.snapshot });
    assert.equal(again.status, 'nothing_to_do');
    const undone = execFileSync(process.execPath, [PROGRAM, 'undo', '--yes', ...flagsFor(hostB)], {
      encoding: 'utf8',
    });
    const empty = await b.list();
    assert.equal(empty.component_count, 0);
    say(
      'The operator takes it back',
      undone.trim().split('\n').at(-2)!,
      `B has ${empty.component_count} components`,
    );
  } finally {
    await a.stop();
    await b.stop();
  }
} finally {
  await rm(root, { recursive: true, force: true });
}

/** Starts a real Wassette on B's directories and asks the restored tools what they may read. */
async function showServedTools(host: Directories): Promise<void> {
  const wassette = await LiveWassette.start({
    version: '0.8.0',
    componentDir: host.componentDir,
    secretsDir: host.secretsDir,
    env: { WEATHER_CITY: 'Oslo', OTHER_SECRET: 'must stay hidden' },
    home: path.join(root, 'home'),
  });
  try {
    await wassette.waitForTools(['weather-get-env', 'news-get-env']);
    const allowed = await wassette.call('weather-get-env', { name: 'WEATHER_CITY' });
    const denied = await wassette.call('weather-get-env', { name: 'OTHER_SECRET' });
    assert.equal(allowed.text, 'Oslo');
    assert.equal(denied.text, 'null');
    say(
      "B's Wassette serves the tools under the same permissions",
      `WEATHER_CITY: ${allowed.text}`,
      `OTHER_SECRET: ${denied.text}`,
    );
  } finally {
    await wassette.stop();
  }
}
