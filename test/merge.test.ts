// Joins files as people have them, by the command and by the library.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { exportStateTo } from '../src/export.ts';
import { importState } from '../src/import.ts';
import { mergeSnapshots } from '../src/merge.ts';
import { openSnapshot } from '../src/open.ts';
import { command } from './fixtures/command-line.ts';
import { componentBytes } from './fixtures/components/component.ts';
import { documentOf, fileWithCode, type MadeComponent } from './fixtures/document.ts';
import { failing } from './fixtures/failing.ts';
import { makeHost, policyText } from './fixtures/host.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);
const write = (name: string, components: readonly MadeComponent[], more = {}) =>
  writeFileSync(at(name), JSON.stringify(documentOf(components, more)));
const reaching = (...network: string[]) => policyText({ network });
const sides = () => ({ base: at('base.json'), ours: at('ours.json'), theirs: at('theirs.json') });
const merge = (...more: string[]) =>
  command('merge', ...Object.values(sides()), '-o', at('out.json'), '--state-dir', at('state'), ...more);
const policyIn = async (id: string) =>
  (await openSnapshot(at('out.json'))).document.components.find((c) => c.component_id === id)?.policy
    ?.content;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  write('base.json', [
    { id: 'maps', policy: reaching('maps.example') },
    { id: 'weather', policy: reaching('api.example') },
  ]);
  write('ours.json', [
    { id: 'maps', policy: reaching('maps.example') },
    { id: 'mine', policy: reaching() },
    { id: 'weather', policy: reaching('api.example', 'one.example') },
  ]);
  write('theirs.json', [
    { id: 'maps', policy: reaching('maps.example'), code: componentBytes('newer maps') },
    { id: 'weather', policy: reaching('api.example', 'two.example') },
  ]);
});

describe('two snapshots that were made from one', () => {
  it('become one that has what each of them changed', async () => {
    expect((await merge()).code).toBe(0);
    expect(await policyIn('weather')).toBe(reaching('api.example', 'one.example', 'two.example'));
    const { document } = await openSnapshot(at('out.json'));
    expect(document.components.map(({ component_id }) => component_id)).toEqual(['maps', 'mine', 'weather']);
    expect(document.components[0]?.artifact.size).toBe(componentBytes('newer maps').length);
    const made = await Promise.all([openSnapshot(at('ours.json')), openSnapshot(at('theirs.json'))]);
    expect(document.parents).toEqual(made.map(({ digest }) => digest));
  });

  it('become the very same one wherever they are joined', async () => {
    await merge();
    const first = readFileSync(at('out.json'), 'utf8');
    await mergeSnapshots(sides(), { file: at('again.json') }, { stateDir: at('state') });
    expect(readFileSync(at('again.json'), 'utf8')).toBe(first);
  });

  it('say nothing of signatures and approvals where the file says that already, and stays', async () => {
    expect((await merge()).stdout).toContain('nobody has signed it');
    const again = await merge();
    expect(again.stdout).toContain('Unchanged: 3 components');
    expect(again.stdout).not.toContain('nobody has signed it');
  });

  it('take their code along where ours carries it, wherever the code of each component is', async () => {
    const own = [{ id: 'mine', policy: reaching() }];
    writeFileSync(at('ours.json'), fileWithCode(own));
    writeFileSync(at('theirs.json'), fileWithCode([{ id: 'theirs', policy: reaching() }]));
    const { written } = await mergeSnapshots(
      { ...sides(), base: null },
      { file: at('out.json') },
      { stateDir: at('state') },
    );
    expect(written?.carriesBinaries).toBe(true);
    const host = makeHost();
    const { applied } = await importState(await openSnapshot(at('out.json')), {
      ...host.locations,
      approval: 'all',
    });
    expect(applied.map(({ component_id }) => component_id).sort()).toEqual(['mine', 'theirs']);
  });

  it('keep the sealed secrets of neither, and say which those were, since they are tied to one state', async () => {
    const host = makeHost();
    host.install('weather', { policy: reaching('api.example') });
    host.storeSecrets('weather', { TOKEN: 'value' });
    const sealing = { includeSecrets: true, encryptionKey: 'a long passphrase' };
    await exportStateTo({ file: at('ours.json') }, { ...host.locations, ...sealing });
    const { written } = await mergeSnapshots(
      { base: null, ours: at('ours.json'), theirs: at('base.json') },
      { file: at('out.json') },
      { stateDir: at('state') },
    );
    expect(written?.document.secrets).toBeUndefined();
    expect(written?.notes.join()).toContain('"weather": "TOKEN"');
  });
});

describe('changes that cannot be joined', () => {
  beforeEach(() => {
    write('ours.json', [
      { id: 'maps', policy: reaching('maps.example', 'tiles.example') },
      { id: 'weather', policy: reaching('api.example') },
    ]);
  });

  it('are all named, with what each side did, and nothing is written', async () => {
    const { code, stdout, stderr } = await merge();
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stdout).toContain('conflict: "maps" has new code by theirs');
    expect(stdout).toContain('may reach "tiles.example"');
    expect(existsSync(at('out.json'))).toBe(false);
    const shown = JSON.parse((await merge('--json')).stdout);
    expect(shown).toMatchObject({
      merged: false,
      conflicts: [
        {
          component_id: 'maps',
          ours: { policy: { gains: ['may reach "tiles.example"'] } },
          theirs: { code: { to: { size: componentBytes('newer maps').length } } },
        },
      ],
    });
  });

  it('about what decides nothing that runs are shown with both values as well', async () => {
    for (const side of ['base', 'ours', 'theirs']) {
      const { components, ...others } = documentOf([{ id: 'maps' }]);
      const from = components.map((each) => ({ ...each, source_uri: `https://${side}.example/` }));
      writeFileSync(at(`${side}.json`), JSON.stringify({ ...others, components: from }));
    }
    const { stdout } = await merge();
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'ours: ~ "maps" changed "source_uri": "https://base.example/" becomes "https://ours.example/"',
    );
    expect(stdout).not.toContain('as it was');
    const { conflicts } = JSON.parse((await merge('--json')).stdout);
    expect(conflicts[0].theirs.fields).toEqual([
      '"source_uri": "https://base.example/" becomes "https://theirs.example/"',
    ]);
  });

  it('are settled by one side, or by what both allow', async () => {
    await merge('--narrower', 'maps');
    expect(await policyIn('maps')).toBe(reaching('maps.example'));
    await merge('--ours', 'maps');
    expect(await policyIn('maps')).toBe(reaching('maps.example', 'tiles.example'));
    const size = (await openSnapshot(at('out.json'))).document.components[0]?.artifact.size;
    expect(size).toBe(componentBytes('maps').length);
  });

  it('cannot be settled where nothing is in conflict, or where there is no such component', async () => {
    const settled = (id: string) =>
      mergeSnapshots(
        sides(),
        { file: at('out.json') },
        { settled: new Map([[id, 'ours']]), stateDir: at('state') },
      );
    await expect(settled('weather')).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
    await expect(settled('other')).rejects.toThrow(failing('USAGE_UNKNOWN_COMPONENT'));
    expect((await merge('--ours', 'maps', '--theirs', 'maps')).code).toBe(2);
  });

  it('without a common base are all that is on both sides and not alike', async () => {
    const { code, stdout } = await command(
      ...['merge', at('ours.json'), at('theirs.json'), '-o', at('out.json'), '--state-dir', at('state')],
    );
    expect(code).toBe(1);
    expect(stdout.match(/^conflict: "\w+"/gm)).toEqual([
      'conflict: "maps"',
      'conflict: "maps"',
      'conflict: "weather"',
    ]);
  });
});

it('ids that no host can have together are refused', async () => {
  write('base.json', []);
  write('ours.json', [{ id: 'Tool', policy: reaching() }]);
  write('theirs.json', [{ id: 'tool', policy: reaching() }]);
  expect((await merge()).code).toBe(3);
  expect(existsSync(at('out.json'))).toBe(false);
});
