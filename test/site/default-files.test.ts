// The operator's policy, the list of accepted signers and the directories at their default places: whoever names other ones for
// one start may name none for the next, so that what stands at the default places must be the operator's own, too.
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { planImportState } from '../../src/import.ts';
import { Snapshot } from '../../src/site/snapshot.ts';
import { fileWithCode } from '../fixtures/document.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, type TestHost } from '../fixtures/host.ts';
import { operatorPolicyFile, operatorPolicyText } from '../fixtures/operator-policy.ts';
import { connect } from '../fixtures/servers/mcp.ts';

let host: TestHost;
let root: string;
let folder: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'default-files-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  folder = path.join(root, 'wassette-state');
  mkdirSync(folder);
  vi.stubEnv('XDG_CONFIG_HOME', root);
  host = makeHost();
  host.install('a');
});
afterEach(() => void vi.unstubAllEnvs());

/** A start for which the operator names other files. */
const elsewhere = () => ({
  ...host.locations,
  policyFile: operatorPolicyFile(),
  allowedSigners: path.join(host.locations.stateDir, '..', 'signers'),
});

test.each([
  ['none', false],
  ['one', true],
])('no export writes a policy to its default place, where there is %s', async (_, isThere) => {
  const file = path.join(folder, 'policy.yaml');
  if (isThere) writeFileSync(file, operatorPolicyText(), { mode: 0o600 });
  const { policyFile } = elsewhere();
  const server = { ...host, locations: { ...host.locations, policyFile } };
  const agent = await connect(server, { allowDirs: [root] });
  for (const destination of [
    file,
    path.join(root, '.', 'wassette-state', '..', 'wassette-state', 'policy.yaml'),
  ])
    await expect(agent.call('export_state', { destination })).rejects.toEqual(
      failing('POLICY_OUTSIDE_FENCE'),
    );
  expect(existsSync(file)).toBe(isThere);
  expect(
    (await agent.call('export_state', { destination: path.join(folder, 'b.yaml') })).structured,
  ).toBeDefined();
});

test.each(['', '/policy.yaml', '/allowed_signers'])(
  'no import brings a grant to write "wassette-state%s" in the configuration; one to read it is none of them',
  async (below) => {
    const granting = (access: string) =>
      Snapshot.fromJson(
        fileWithCode([
          {
            id: 'b',
            policy: `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: fs://${folder}${below}\n      access: [${access}]\n`,
          },
        ]),
      );
    for (const locations of [host.locations, elsewhere()]) {
      await expect(planImportState(await granting('write'), locations)).rejects.toThrow(
        failing('POLICY_FORBIDDEN_GRANT'),
      );
      expect(await planImportState(await granting('read'), locations)).toBeDefined();
    }
  },
);

test.each(['wassette/components', 'wassette/secrets', 'wassette', 'wassette-state/snapshots'])(
  'no import brings a grant of "%s", where Wassette and this program keep things for whoever names none',
  async (below) => {
    for (const name of ['XDG_DATA_HOME', 'XDG_STATE_HOME']) vi.stubEnv(name, root);
    vi.stubEnv('WASSETTE_COMPONENT_DIR', path.join(root, 'variable'));
    for (const directory of [below, 'variable']) {
      const policy = `version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: fs://${root}/${directory}\n      access: [read]\n`;
      const snapshot = await Snapshot.fromJson(fileWithCode([{ id: 'b', policy }]));
      await expect(planImportState(snapshot, host.locations)).rejects.toThrow(
        failing('POLICY_FORBIDDEN_GRANT'),
      );
    }
  },
);
