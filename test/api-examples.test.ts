// The examples of docs/api.md, which are those of the docstrings, and of docs/library.md: each is run as a program beside a
// host of its own, and what a comment behind `console.log` says is what is printed.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proposeImport } from '../src/import.ts';
import { exportState, importState } from '../src/index.ts';
import { openSite } from '../src/site/site.ts';
import { makeHost, policyText } from './fixtures/host.ts';
import { operatorPolicyText } from './fixtures/operator-policy.ts';

const ROOT = path.join(import.meta.dirname, '..');
const run = promisify(execFile);

interface Example {
  title: string;
  code: string;
}

const examples = ['docs/api.md', 'docs/library.md'].flatMap((file) =>
  examplesIn(readFileSync(path.join(ROOT, file), 'utf8')),
);

/** Each program of a page, by the heading above it. */
function examplesIn(page: string): Example[] {
  return page.split(/^#+ /m).flatMap((section) => {
    const title = section.slice(0, section.indexOf('\n'));
    const blocks = [...section.matchAll(/```ts\n([\s\S]*?)\n```/g)].map(([, code]) => ({
      title,
      code: code!,
    }));
    return blocks.filter(({ code }) => code.includes("from 'wassette-state'"));
  });
}

let programs: string;

beforeAll(async () => {
  programs = mkdtempSync(path.join(tmpdir(), 'wassette-state-examples-'));
  const sources = path.join(programs, 'sources');
  mkdirSync(sources);
  examples.forEach(({ code }, number) => {
    writeFileSync(path.join(sources, `${number}.ts`), code);
  });
  await build({
    entryPoints: examples.map((_, number) => path.join(sources, `${number}.ts`)),
    outdir: programs,
    outExtension: { '.js': '.mjs' },
    alias: { 'wassette-state': path.join(ROOT, 'src/index.ts') },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
});

afterAll(() => rmSync(programs, { recursive: true, force: true }));

describe('the example of', () => {
  it.each(examples.map((example, number) => ({ ...example, number })))('$title', async ({ code, number }) => {
    const host = makeHost();
    const root = path.dirname(host.locations.componentDir);
    const home = path.join(root, 'home');
    const env = { PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home };
    await prepare(host, home);
    const { stdout } = await run(process.execPath, [path.join(programs, `${number}.mjs`)], {
      cwd: root,
      env,
    });
    const told = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
    expect(stdout.trimEnd().split('\n')).toEqual(told);
  });

  it('everything is found', () => {
    expect(examples.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['exportState', 'Snapshot', 'StateError', 'undoImport', 'As a library']),
    );
  });
});

/** ./components, into which tools.json was imported; tools.json; policy.yaml; and ./other, where nothing is, and an import waits for the operator. */
async function prepare(host: ReturnType<typeof makeHost>, home: string): Promise<void> {
  const { componentDir } = host.locations;
  const locations = {
    componentDir,
    secretsDir: path.join(home, 'wassette/secrets'),
    stateDir: path.join(home, 'wassette-state'),
  };
  const giver = makeHost();
  const data = '  storage:\n    allow:\n    - uri: fs:///home/me/data\n      access: [read]\n';
  const network = ['api.weather.example', 'api.dev.example'];
  giver.install('weather', { policy: policyText({ network }) + data });
  const snapshot = await exportState({ ...giver.locations, includeBinaries: true });
  await snapshot.saveToFile(path.join(componentDir, '../tools.json'));
  await importState(snapshot, { ...locations, approval: 'all' });
  const other = path.join(componentDir, '../other');
  mkdirSync(other);
  const site = await openSite({ ...locations, componentDir: other });
  await (await proposeImport(snapshot, site, {})).keepForOperator([], 60);
  const policy = operatorPolicyText({ no_policy: 'refuse' });
  writeFileSync(path.join(componentDir, '../policy.yaml'), policy, { mode: 0o600 });
}
