// What a user gets with the package: the bundle has all that runs, so nothing else is installed, and licences go with it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noticesFor } from '../scripts/notices.mjs';
import { componentBytes } from './fixtures/components/component.ts';
import { fileWithCode } from './fixtures/document.ts';

const ROOT = path.join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const manifest = JSON.parse(read('package.json'));

/** Names of the packages that files import. */
function packagesImportedBy(folder: string): string[] {
  const files = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const imports = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...read(`${folder}/${file}`).matchAll(/^(?! *\*).*\b(?:from|import\() ?'([^'.]\S*)'/gm),
    ])
    .map(([, specifier]) => specifier!)
    .filter((specifier) => !isBuiltin(specifier));
  return imports.map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)![0]);
}

const imported = [...new Set(['src', 'tools'].flatMap(packagesImportedBy))].sort();

describe('the package', () => {
  it('brings no other package and runs nothing when it is installed', () => {
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'])
      expect(manifest).not.toHaveProperty(kind);
    // npm 11 and later warn of a `prepare`, too, although they do not run it for a package.
    const scripts = Object.keys(manifest.scripts);
    expect(scripts.filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  });

  it('changes nothing of the process that imports the library', () => {
    const script = `
      const looks = () => [console.log, console.info, console.debug, process.stdout.write, process.stderr.write];
      const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
      const [before, heard] = [looks(), listeners()];
      await import(${JSON.stringify(pathToFileURL(path.join(ROOT, 'dist/index.js')).href)});
      const isSame = looks().every((each, i) => each === before[i]);
      process.stdout.write(JSON.stringify([isSame, listeners().length - heard.length]));`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(JSON.parse(printed)).toEqual([true, 0]);
  });

  it('tells the licences of all that is bundled', () => {
    const named = [...read('dist/third-party-licenses.txt').matchAll(/^-{80}\n\n(\S+) \d\S* \(.+\)$/gm)];
    const names = named.map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(imported));
    expect(names).toContain('ajv'); // comes with the SDK
    // Its licences are not in its package.
    expect(read('dist/third-party-licenses.txt')).toMatch(/@bokuweb\/zstd-wasm[\s\S]*For Zstandard software/);
    // Parts of these are inside another package.
    expect(read('dist/third-party-licenses.txt')).toMatch(
      /lodash \(Custom Build\)[\s\S]*escape-string-regexp \(MIT\)/,
    );
    expect(names).not.toContain('hono'); // comes with it, too, and nothing of it is used
  });

  it('writes and reads zstd with what lies beside it', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-package-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'state.json.zst');
    const { Snapshot } = await import(pathToFileURL(path.join(ROOT, 'dist/index.js')).href);
    const snapshot = await Snapshot.fromJson(fileWithCode([{ id: 'tool' }]));
    await snapshot.saveToFile(file);
    expect(readFileSync(file).readUInt32LE()).toBe(0xfd2fb528);
    const found = await Snapshot.loadFromFile(file);
    expect([found.digest, await found.validate()]).toEqual([snapshot.digest, componentBytes('tool').length]);
  });

  it('cannot be built with a package that has no text of its licence', async () => {
    const root = mkdtempSync(path.join(tmpdir(), 'wassette-state-notices-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const folder = path.join(root, 'node_modules/unlicensed');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      path.join(folder, 'package.json'),
      '{ "name": "unlicensed", "version": "1.0.0", "license": "MIT" }',
    );
    const inputs = { [`${folder}/index.js`]: { bytesInOutput: 1 } };
    const metafile = { inputs: {}, outputs: { 'a.js': { bytes: 1, imports: [], exports: [], inputs } } };
    await expect(noticesFor(metafile)).rejects.toThrow('unlicensed 1.0.0 has no text of its licence (MIT)');
  });
});

it('CONTRIBUTING says of every bundled package that we import why it is there', () => {
  const section = read('CONTRIBUTING.md').split('## What is bundled')[1]!;
  const named = [...section.matchAll(/^\| `(\S+)`/gm)].map(([, name]) => name!);
  expect(named.sort()).toEqual(imported);
});
