// What we say a storage grant opens, beside the marker file that the real Wassette's component reads there.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportState, importState, Snapshot } from '../../../src/index.ts';
import { resolveDirectories } from '../../../src/wassette/target-state.ts';
import { FileProbe, storagePolicy } from '../../fixtures/components/file-probe.ts';
import { holds } from '../../fixtures/seed.ts';
import { MARKER, makeStorageTree, STORAGE_TABLE } from '../../fixtures/tables/storage-table.ts';

/** A tree and ways through it, by names that meet often. */
const NAMES = ['a', 'b', 'c'] as const;
const LINKS = ['l', 'm', 'n'] as const;
const step = fc.constantFrom(...NAMES, ...LINKS, ...LINKS, '..', '..', '.', '');
const steps = fc.array(step, { maxLength: 4 });
const way = fc.record({ isAbsolute: fc.boolean(), steps });
const scene = fc.record({
  directories: fc.array(fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }), {
    minLength: 5,
    maxLength: 9,
  }),
  links: fc.array(
    fc.record({
      parent: fc.array(fc.constantFrom(...NAMES), { maxLength: 1 }),
      name: fc.constantFrom(...LINKS),
      target: way,
    }),
    { minLength: 4, maxLength: 10 },
  ),
  grants: fc.array(way, { minLength: 5, maxLength: 12 }),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

/** Makes the directories, each with its marker, and the links; what is in the way of one is left out. */
function makeScene(top: string, { directories, links }: Scene): void {
  for (const parts of [[], ...directories]) {
    for (let depth = 0; depth <= parts.length; depth++) {
      const directory = join(top, ...parts.slice(0, depth));
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, MARKER), directory);
    }
  }
  for (const { parent, name, target } of links) {
    try {
      const text = [...(target.isAbsolute ? [top] : []), ...target.steps].join('/') || '.';
      symlinkSync(text, join(top, ...parent, name));
    } catch (error) {
      expect(['EEXIST', 'ENOENT']).toContain((error as NodeJS.ErrnoException).code);
    }
  }
}

describe.each(['0.8.0', '0.4.0'] as const)('the table of storage URIs against Wassette %s', (version) => {
  let home: string;
  let root: string;
  let probe: FileProbe;
  const count = { opened: 0, failed: 0, nothing: 0, ofProcess: 0 };

  beforeAll(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'storage-')));
    root = join(home, 'tree');
    await mkdir(root);
    makeStorageTree(root);
    probe = await FileProbe.start(version, home, join(root, 'components'));
  });
  afterAll(async () => {
    console.log(`storage URIs compared with Wassette ${version}: ${JSON.stringify(count)}`);
    await probe?.stop();
    if (home !== undefined) await rm(home, { recursive: true, force: true });
  });

  /** The path in the marker that the component reads; of a directory without one, the names that it lists. */
  async function openedBy(uri: string): Promise<string | string[] | 'nothing' | null> {
    await probe.under(storagePolicy([uri], ['read']));
    const answer = await probe.readFiles(MARKER);
    if (answer === null) return null;
    const [directory] = answer;
    if (directory === undefined) return 'nothing';
    return directory.found ?? (await probe.listNames())![0]!.found!;
  }

  for (const row of STORAGE_TABLE) {
    it(`agrees on ${row.uri.slice(0, 60)}`, async () => {
      const uri = row.uri.replace('{root}', root);
      const ours = resolveDirectories([uri], probe.componentDir).get(uri);
      const theirs = await openedBy(uri);
      if (ours !== undefined && ours.ofProcess !== null) {
        // Another directory for each who asks: nothing is said of it, since no import may bring it.
        expect(row.refused).not.toBeNull();
        count.ofProcess += 1;
        return;
      }
      if (theirs === 'nothing') count.nothing += 1;
      else count[theirs === null ? 'failed' : 'opened'] += 1;
      if (ours === undefined) expect(theirs).toBe('nothing');
      else if (!ours.exists) expect(theirs).toBeNull();
      else if (Array.isArray(theirs)) expect(theirs).toEqual(readdirSync(ours.real).sort());
      else expect(theirs).toBe(ours.real);
      const expected = row.opens === null || row.opens === 'nothing' ? row.opens : resolve(root, row.opens);
      expect(Array.isArray(theirs) ? ours?.real : theirs).toBe(expected);
    });
  }

  it('gives what the sentences say: reading reads and lists, writing lists and writes', async () => {
    const uris = ['fs://data', `fs://${root}/other`];
    const made = uris.map((uri) => uri.slice('fs://'.length));
    const per = async (access: readonly ('read' | 'write')[]) => {
      await probe.under(storagePolicy(uris, access));
      const name = `made-${access.join('-')}`;
      const [read, listed, written] = [
        await probe.readFiles(MARKER),
        await probe.listNames(),
        await probe.writeFiles(name, 'text'),
      ].map((answer) => answer!.filter((one) => one.found !== undefined).map(({ path }) => path));
      const there = made.filter((path) => readdirSync(resolve(probe.componentDir, path)).includes(name));
      expect(there).toEqual(written);
      return { read, listed, written };
    };
    expect(await per(['read'])).toEqual({ read: made, listed: made, written: [] });
    expect(await per(['write'])).toEqual({ read: [], listed: made, written: made });
    expect(await per(['read', 'write'])).toEqual({ read: made, listed: made, written: made });
  });

  it('agrees on ways through any tree of directories and links', async () => {
    let number = 0;
    const seen = { opened: 0, failed: 0, by: { links: 0, dots: 0 } };
    await holds(
      fc.asyncProperty(scene, async (made) => {
        const name = `scene-${number++}`;
        const top = join(probe.componentDir, name);
        makeScene(top, made);
        const uris = new Set(
          made.grants.map(({ isAbsolute, steps }) => `fs://${[isAbsolute ? top : name, ...steps].join('/')}`),
        );
        const ours = [...resolveDirectories(uris, probe.componentDir).values()];
        const open = ours.filter((directory) => directory.exists);
        await probe.under(
          storagePolicy(
            open.map(({ uri }) => uri),
            ['read'],
          ),
        );
        const answer = await probe.readFiles(MARKER);
        // Of a directory above the scenes there is no marker, or that of the table.
        const inside = open.filter(({ real }) => real === top || real.startsWith(`${top}/`));
        const read = answer?.filter(({ path }) => inside.some(({ written }) => written === path));
        expect(answer).toHaveLength(open.length);
        expect(read).toEqual(inside.map(({ written, real }) => ({ path: written, found: real })));
        for (const { uri } of ours.filter((directory) => !directory.exists)) {
          await probe.under(storagePolicy([uri], ['read']));
          expect(await probe.readFiles(MARKER), uri).toBeNull();
          seen.failed += 1;
        }
        seen.opened += inside.length;
        seen.by.links += inside.filter(({ written }) => /\/[lmn]/.test(written)).length;
        seen.by.dots += inside.filter(({ written }) => written.includes('..')).length;
      }),
      100,
    );
    console.log(`generated storage URIs compared with Wassette ${version}: ${JSON.stringify(seen)}`);
    expect(seen.opened).toBeGreaterThan(100);
    expect(seen.by.links).toBeGreaterThan(20);
    expect(seen.by.dots).toBeGreaterThan(10);
  });

  it('a backup with a grant below the component directory is restored on its own host, and works', async () => {
    const { componentDir } = probe;
    const locations = {
      componentDir,
      secretsDir: join(root, 'secrets'),
      stateDir: join(home, 'other-state'),
    };
    const policy = storagePolicy(['fs://data'], ['read']);
    await probe.under(policy);
    const options = { ...locations, componentFilter: ['file-probe'], includeBinaries: true };
    const snapshot = await Snapshot.fromJson(await (await exportState(options)).toJson());
    expect(snapshot.notes).toEqual([]);
    await probe.under(null);
    expect(await probe.readFiles(MARKER)).toEqual([]);
    const { plan } = await importState(snapshot, { ...locations, force: true, approval: 'all' });
    expect(plan.sentences.map((sentence) => sentence.text)).toContain(
      `"file-probe" may read files in "data", which is "${componentDir}/data"`,
    );
    await probe.under(await readFile(join(componentDir, 'file-probe.policy.yaml'), 'utf8'));
    expect(await probe.readFiles(MARKER)).toEqual([{ path: 'data', found: `${componentDir}/data` }]);
  });
});
