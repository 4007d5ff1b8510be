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
import { makeHost, policyText } from '../fixtures/host.ts';
import { type Connection, connect } from '../fixtures/mcp.ts';

const SWAP = path.join(import.meta.dirname, '../fixtures/swap.mjs');
const ROUNDS = 1_000;

interface Scene {
  agent: Connection;
  allowed: string;
  folder: string;
  outside: string;
}

/** An allowed directory with a folder in it, and one outside with files of the same names that say something else. */
async function makeScene(): Promise<Scene> {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'fence-race-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const allowed = path.join(root, 'allowed');
  const folder = path.join(allowed, 'folder');
  const outside = path.join(root, 'outside');
  for (const dir of [folder, outside]) mkdirSync(dir, { recursive: true });
  const host = makeHost();
  host.install('inside', { policy: policyText({}) });
  const other = makeHost();
  other.install('outside', { policy: policyText({}) });
  const hostCode = path.join(host.locations.componentDir, 'inside.wasm');
  const otherCode = path.join(other.locations.componentDir, 'outside.wasm');
  const agent = await connect(host, { allowDirs: [allowed] });
  const elsewhere = await connect(other, { allowDirs: [outside] });
  await agent.call('export_state', { destination: path.join(folder, 'there.json'), include_binaries: true });
  await elsewhere.call('export_state', {
    destination: path.join(outside, 'there.json'),
    include_binaries: true,
  });
  copyFileSync(hostCode, path.join(folder, 'code.wasm'));
  copyFileSync(otherCode, path.join(outside, 'code.wasm'));
  writeFileSync(
    path.join(allowed, 'manifest.yaml'),
    `version: 1\ncomponents:\n  - uri: file://${folder}/code.wasm\n    permissions: {}\n`,
  );
  return { agent, allowed, folder, outside };
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

const codeOf = (error: unknown) => (error as { code: string }).code;

test.each([
  ['a folder below the allowed directory', (scene: Scene) => scene.folder],
  ['the allowed directory itself', (scene: Scene) => scene.allowed],
])(
  'while %s is swapped, nothing is written outside and nothing of outside is read',
  async (_title, swapped) => {
    const scene = await makeScene();
    const { agent, allowed, folder, outside } = scene;
    const target = swapped(scene);
    // What the link leads to has the same folder in it, where the allowed directory is swapped.
    const elsewhere = target === allowed ? path.dirname(outside) + '/mirror' : outside;
    if (target === allowed) {
      mkdirSync(elsewhere);
      mkdirSync(path.join(elsewhere, 'folder'));
      for (const name of readdirSync(outside))
        copyFileSync(path.join(outside, name), path.join(elsewhere, 'folder', name));
    }
    const seen = target === allowed ? path.join(elsewhere, 'folder') : outside;
    const before = new Map(readdirSync(seen).map((name) => [name, readFileSync(path.join(seen, name))]));

    const outcomes = new Map<string, number>();
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const swaps = await whileSwapping(target, elsewhere, async () => {
      for (let i = 0; i < ROUNDS; i++) {
        const destination = path.join(folder, i % 2 === 0 ? `new-${i}.json` : `new-${i}.yaml`);
        await agent.call('export_state', { destination }).then(
          () => count('written'),
          (error) => count(`export ${codeOf(error)}`),
        );
        for (const snapshot of [path.join(folder, 'there.json'), path.join(allowed, 'manifest.yaml')])
          await agent.call('import_state', { snapshot }).then(
            ({ wire }) => {
              expect(wire).not.toMatch(/"(outside|code)" is (new|added)|"component_id":"outside"/);
              count('read');
            },
            (error) => count(`import ${codeOf(error)}`),
          );
      }
    });

    const after = new Map(readdirSync(seen).map((name) => [name, readFileSync(path.join(seen, name))]));
    expect(after).toEqual(before);
    expect(swaps).toBeGreaterThan(ROUNDS);
    expect(outcomes.get('written')).toBeGreaterThan(0);
    expect(outcomes.get('read')).toBeGreaterThan(0);
    const refusals = [...outcomes.keys()].filter((outcome) => / /.test(outcome));
    expect(refusals.length).toBeGreaterThan(0);
    for (const outcome of refusals)
      expect(outcome).toMatch(/ (POLICY_OUTSIDE_FENCE|STORE_NOT_FOUND|STORE_CHANGING|STORE_UNSAFE_FILE)$/);
    console.info(`${swaps} swaps`, Object.fromEntries(outcomes));
  },
);
