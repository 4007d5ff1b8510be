// Somebody swaps a directory below --allow-dir with a link that leads outside, all the time, while an agent works there.
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { connect } from '../../fixtures/servers/mcp.ts';

const SWAP = path.join(import.meta.dirname, '../../fixtures/system/swap.mjs');
const ROUNDS = 1_000;
const CODE_OUTSIDE = componentBytes('outside');

/** Puts a snapshot and a code file into `folder`, of the same names everywhere. */
async function furnish(folder: string, allowed: string, code: Buffer): Promise<void> {
  const host = makeHost();
  host.install('tool', { code, policy: policyText({}) });
  const agent = await connect(host, { allowDirs: [allowed] });
  await agent.call('export_state', { destination: path.join(folder, 'there.json'), include_binaries: true });
  copyFileSync(path.join(host.locations.componentDir, 'tool.wasm'), path.join(folder, 'code.wasm'));
}

/** Runs `work` while `directory` is swapped; how often it was. */
async function whileSwapping(
  directory: string,
  elsewhere: string,
  work: () => Promise<void>,
): Promise<number> {
  const swapper = spawn(process.execPath, [SWAP, directory, elsewhere], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void swapper.kill('SIGKILL'));
  const swaps = text(swapper.stdout);
  await work();
  swapper.kill('SIGTERM');
  return Number(await swaps);
}

function filesIn(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]));
}

const codeOf = (error: unknown) => (error as { code: string }).code;

test.each(['a folder below the allowed directory', 'the allowed directory itself'])(
  'while %s is swapped, nothing is written outside and nothing of outside is read',
  async (swapped) => {
    const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'fence-race-')));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const allowed = path.join(root, 'allowed');
    const folder = path.join(allowed, 'folder');
    const outside = path.join(root, 'outside', 'folder');
    for (const dir of [folder, outside]) mkdirSync(dir, { recursive: true });
    await furnish(folder, allowed, componentBytes('inside'));
    await furnish(outside, root, CODE_OUTSIDE);
    writeFileSync(
      path.join(allowed, 'manifest.yaml'),
      `version: 1\ncomponents:\n  - uri: file://${folder}/code.wasm\n    permissions: {}\n`,
    );
    const host = makeHost();
    host.install('tool');
    const agent = await connect(host, { allowDirs: [allowed] });
    const before = filesIn(outside);

    const outcomes = new Map<string, number>();
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const work = async () => {
      for (let i = 0; i < ROUNDS; i++) {
        const destination = path.join(folder, `new-${i}.json`);
        await agent.call('export_state', { destination }).then(
          () => count('written'),
          (error) => count(`export ${codeOf(error)}`),
        );
        for (const snapshot of [path.join(folder, 'there.json'), path.join(allowed, 'manifest.yaml')])
          await agent.call('list_snapshot_components', { snapshot }).then(
            ({ wire }) => count(wire.includes(sha256Hex(CODE_OUTSIDE)) ? 'read outside' : 'read'),
            (error) => count(`list ${codeOf(error)}`),
          );
      }
    };
    const below = swapped.startsWith('a folder');
    const swaps = await whileSwapping(
      below ? folder : allowed,
      below ? outside : path.dirname(outside),
      work,
    );

    expect(filesIn(outside)).toEqual(before);
    expect(outcomes.get('read outside') ?? 0).toBe(0);
    expect(outcomes.get('written')).toBeGreaterThan(0);
    expect(outcomes.get('read')).toBeGreaterThan(0);
    expect(swaps).toBeGreaterThan(100);
    const refusals = [...outcomes.keys()].filter((outcome) => /^(export|list) /.test(outcome));
    expect(refusals.length).toBeGreaterThan(0);
    for (const outcome of refusals)
      expect(outcome).toMatch(/ (POLICY_OUTSIDE_FENCE|STORE_NOT_FOUND|STORE_CHANGING|STORE_UNSAFE_FILE)$/);
    console.info(`${swaps} swaps`, Object.fromEntries(outcomes));
  },
);
