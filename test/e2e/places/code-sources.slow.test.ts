// A snapshot without code goes to another machine: its code comes from the registry that it names, where oras has pushed it as
// Wassette takes it, and runs in a real Wassette.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import type { AuditLine } from '../../../src/index.ts';
import { goProgram } from '../../fixtures/ci-cache.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { ORAS } from '../../fixtures/go-programs.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { type Registry, startDebianRegistry } from '../../fixtures/servers/registries/registries.ts';
import { type Machine, makeMachine } from '../../fixtures/system/machine.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

const run = promisify(execFile);

let registry: Registry;
beforeAll(async () => {
  registry = await startDebianRegistry();
});
afterAll(() => registry.stop());

/** With a policy beside the code, as `wassette` publishes them. */
async function push(machine: Machine, image: string, code: Buffer): Promise<void> {
  writeFileSync(path.join(machine.home, 'tool.wasm'), code);
  writeFileSync(path.join(machine.home, 'policy.yaml'), policyText({ network: ['bundled.example'] }));
  const layers = [
    'tool.wasm:application/vnd.wasm.component.v1',
    'policy.yaml:application/vnd.wasm.policy.v1+yaml',
  ];
  await run(path.join(await goProgram(ORAS), 'oras'), ['push', '--plain-http', image, ...layers], {
    cwd: machine.home,
  });
}

/** A state that names its code in the registry and does not carry it. */
async function exported(image: string): Promise<{ machine: Machine; file: string; code: Buffer }> {
  const machine = makeMachine();
  const code = readFileSync(await probeComponent({ name: 'weather' }));
  await push(machine, image, code);
  machine.install('weather', code);
  const { code: ended, stderr } = machine.sh(
    `wassette-state export -o tools.json --source weather=oci://${image}`,
  );
  expect(ended, stderr).toBe(0);
  return { machine, file: path.join(machine.home, 'tools.json'), code };
}

test('on another machine its code is fetched, the policy of the image is not used, and the log says so', async () => {
  const image = `${registry.address}/team/weather:1`;
  const { file, code } = await exported(image);
  const other = makeMachine();
  writeFileSync(path.join(other.home, 'tools.json'), readFileSync(file));
  const refused = other.sh('wassette-state import tools.json --yes');
  expect(refused.stderr).toContain('POLICY_OUTSIDE_FENCE');
  const imported = other.sh(
    `wassette-state import tools.json --yes --allow-remote oci://${registry.address}/team`,
  );
  expect(imported.code, imported.stderr).toBe(0);
  const said = (imported.stdout + imported.stderr).replace(/\s+/g, ' ');
  expect(said).toContain(`"weather" from "oci://${image}"`);
  expect(said).toContain('the image of "weather" includes a policy of its own, which is not used');
  expect(readFileSync(path.join(other.componentDir, 'weather.wasm')).equals(code)).toBe(true);
  expect(readFileSync(path.join(other.componentDir, 'weather.policy.yaml'), 'utf8')).not.toContain('bundled');
  const { lines } = JSON.parse(other.sh('wassette-state log --json').stdout) as { lines: AuditLine[] };
  const fetches = lines.flatMap(({ record }) => (record?.event === 'fetch' ? [record] : []));
  expect(fetches).toMatchObject([
    { result: 'failed', code: 'POLICY_OUTSIDE_FENCE', reference: `oci://${image}` },
    { result: 'done', reference: `oci://${image}`, components: [{ id: 'weather' }] },
  ]);
});

test('an agent has it fetched from where its operator allows, and its tools run in the same conversation', async () => {
  const { file } = await exported(`${registry.address}/team/weather:2`);
  const host = makeHost();
  const snapshot = path.join(path.dirname(host.locations.componentDir), 'tools.json');
  writeFileSync(snapshot, readFileSync(file));
  const env = { CITY: 'Lima' };
  const inFolder = ['--allow-dir', path.dirname(snapshot)];
  const fenced = await WrappedAgent.start('0.8.0', host, { env, flags: inFolder });
  const refused = await fenced.call('import_state', { snapshot });
  expect(refused).toMatchObject({
    isError: true,
    text: expect.stringMatching(/POLICY_OUTSIDE_FENCE.*oci:.*--allow-remote/s),
  });
  await fenced.stop();
  const flags = [...inFolder, '--allow-remote', `oci://${registry.address}/team`];
  const agent = await WrappedAgent.start('0.8.0', host, { env, flags });
  const imported = await agent.importState({ snapshot });
  expect(imported.structured).toMatchObject({ status: 'applied' });
  expect((await agent.call('weather-add', { a: 2, b: 3 })).text).toContain('5');
});

test('a tag that was moved is refused with both digests, and a copy that was made before has the code', async () => {
  const image = `${registry.address}/team/weather:3`;
  const { machine, file, code } = await exported(image);
  const allowed = `--allow-remote oci://${registry.address}`;
  const other = makeMachine();
  writeFileSync(path.join(other.home, 'tools.json'), readFileSync(file));
  const copied = other.sh(`wassette-state copy tools.json whole.json --include-binaries ${allowed}`);
  expect(copied.code, copied.stderr).toBe(0);
  const moved = readFileSync(await probeComponent({ name: 'other' }));
  await push(machine, image, moved);
  const refused = other.sh(`wassette-state import tools.json --yes ${allowed}`);
  expect(refused.code).not.toBe(0);
  for (const text of ['VERIFY_DIGEST_MISMATCH', sha256Hex(code), sha256Hex(moved), '--include-binaries'])
    expect(refused.stderr).toContain(text);
  expect(other.installed()).toEqual([]);
  expect(other.sh('wassette-state import whole.json --yes').code).toBe(0);
  expect(other.installed()).toEqual(['weather']);
});
