// The real git joins snapshots by the built program: merges, rebases and cherry-picks, and what must never happen there.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSnapshot } from '../../../src/open.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf, type MadeComponent } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';
import { Repository } from '../../fixtures/system/repository.ts';

const PROGRAM = path.resolve('dist/cli.js');
const FILE = 'team.wassette.json';

let repository: Repository;
const at = (name: string) => repository.at(name);
const run = (file: string, ...args: string[]) => repository.run(file, ...args);
const git = (...args: string[]) => repository.git(...args);
const program = (...args: string[]) => repository.program(...args);
const twoBranches = (...work: Parameters<Repository['twoBranches']>) => repository.twoBranches(...work);
const reaching = (...network: string[]) => policyText({ network });
const write = (name: string, components: readonly MadeComponent[], more = {}) =>
  writeFileSync(at(name), `${JSON.stringify(documentOf(components, more), null, 2)}\n`);

const policyIn = async (name: string, id: string) =>
  (await openSnapshot(at(name))).document.components.find((c) => c.component_id === id)?.policy?.content;

/** Runs the lines that the driver has printed, in a folder of the repository. */
function settleAsSaid(folder: string, file: string, said: string, settling: string): void {
  const lines = said.split('\n').filter((line) => /^ {2}(git|rm|wassette-state) /.test(line));
  const script = [...new Set(lines)]
    .join('\n')
    .replaceAll('FILE', file)
    .replace(/--\w+ ID/, settling)
    .replace('wassette-state merge', `'${process.execPath}' '${PROGRAM}' merge`);
  expect(run('sh', '-ec', `cd ${folder}\n${script}\nrm -f base.json ours.json theirs.json`)).toMatchObject({
    code: 0,
  });
}

beforeEach(() => {
  repository = new Repository();
});

const weather =
  (...hosts: string[]) =>
  () =>
    write(FILE, [{ id: 'weather', policy: reaching(...hosts) }]);

describe('two branches', () => {
  it('that grant different things are joined by git merge, without a question', async () => {
    program('git', 'install');
    await twoBranches(
      weather('api.example'),
      weather('api.example', 'one.example'),
      weather('api.example', 'two.example'),
    );
    expect(git('merge', 'theirs').code).toBe(0);
    expect(await policyIn(FILE, 'weather')).toBe(reaching('api.example', 'one.example', 'two.example'));
  });

  it('that grant different things are joined by rebase and cherry-pick as well', async () => {
    program('git', 'install');
    await twoBranches(weather('a'), weather('a', 'ours'), weather('a', 'theirs'));
    expect(git('cherry-pick', 'theirs').code).toBe(0);
    expect(await policyIn(FILE, 'weather')).toBe(reaching('a', 'ours', 'theirs'));
    git('reset', '--quiet', '--hard', 'HEAD~1');
    expect(git('rebase', 'theirs').code).toBe(0);
    expect(await policyIn(FILE, 'weather')).toBe(reaching('a', 'theirs', 'ours'));
  });

  it('that both change what the file says of itself are joined, and it is said whose words stay', async () => {
    program('git', 'install');
    const saying = (description: string) => () =>
      write(FILE, [{ id: 'weather', policy: reaching('a') }], { metadata: { description } });
    await twoBranches(saying('before'), saying('ours'), saying('theirs'));
    const { code, stderr } = git('merge', 'theirs');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'note: both sides changed "metadata": it is as ours has it\n',
    });
  });

  it('of which one brings new code and the other a grant are in conflict: both intents are shown, and both texts left', async () => {
    program('git', 'install');
    const newer = () =>
      write(FILE, [{ id: 'weather', policy: reaching('a'), code: componentBytes('newer weather') }]);
    await twoBranches(weather('a'), weather('a', 'ours'), newer);
    const { code, stderr } = git('merge', 'theirs');
    expect(code).toBe(1);
    expect(stderr).toContain('conflict: "weather" has new code by theirs');
    expect(stderr).toContain('may reach "ours"');
    expect(readFileSync(at(FILE), 'utf8')).toMatch(/^<<<<<<< ours\n.*\n=======\n.*\n>>>>>>> theirs\n$/s);
    expect(git('status', '--short').stdout).toContain(`UU ${FILE}`);
  });

  it('are joined by git merge-tree, whose answer is that of git alone', async () => {
    program('git', 'install');
    const saying = (description: string, ...hosts: string[]) =>
      write(FILE, [{ id: 'weather', policy: reaching(...hosts) }], { metadata: { description } });
    await twoBranches(
      () => saying('before', 'a'),
      () => saying('ours', 'a', 'one'),
      () => saying('theirs', 'a', 'two'),
    );
    const joined = git('merge-tree', '--write-tree', 'main', 'theirs');
    expect(joined).toMatchObject({ code: 0, stderr: expect.stringContaining('note: both sides changed') });
    expect(joined.stdout).toMatch(/^[0-9a-f]{40}\n$/);
    write(FILE, []);
    repository.commit('removed');
    const refused = git('merge-tree', '--write-tree', 'main', 'theirs');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('conflict: "weather"') });
    expect(refused.stdout).toMatch(/^[0-9a-f]{40}\n/);
    expect(refused.stdout).not.toContain('weather');
  });

  it('in conflict are settled as the driver says, line by line, also below the top of the repository', async () => {
    program('git', 'install');
    mkdirSync(at('sub'));
    const deep = `sub/--${FILE}`;
    const newer = componentBytes('newer weather');
    const all = (hosts: string[], code?: Buffer) => () => {
      for (const name of [FILE, deep])
        write(name, [{ id: 'weather', policy: reaching(...hosts), ...(code && { code }) }]);
    };
    await twoBranches(all(['a']), all(['a', 'ours']), all(['a'], newer));
    const { stderr } = git('merge', 'theirs');
    settleAsSaid('.', FILE, stderr, '--narrower weather');
    settleAsSaid('sub', `--${FILE}`, stderr, '--narrower weather');
    expect(git('commit', '--quiet', '--no-edit').code).toBe(0);
    for (const name of [FILE, deep]) expect(await policyIn(name, 'weather')).toBe(reaching('a'));
  });

  it('that both add the file are joined as far as they do not overlap', async () => {
    program('git', 'install');
    const one = (id: string) => () => write(FILE, [{ id, policy: reaching(id) }]);
    await twoBranches(() => writeFileSync(at('readme'), ''), one('a'), one('b'));
    expect(git('merge', 'theirs').code).toBe(0);
    expect((await openSnapshot(at(FILE))).document.components.map((c) => c.component_id)).toEqual(['a', 'b']);
  });

  it('that both add the file, and the same component to it, are settled without one that both were made from', async () => {
    program('git', 'install');
    await twoBranches(() => writeFileSync(at('readme'), ''), weather('a', 'b'), weather('a', 'c'));
    const { stderr } = git('merge', 'theirs');
    expect(stderr).not.toContain('base.json');
    settleAsSaid('.', FILE, stderr, '--narrower weather');
    expect(await policyIn(FILE, 'weather')).toBe(reaching('a'));
  });

  it('that have joined each other before do not bring back what one of them has taken away since', async () => {
    program('git', 'install');
    const state = (weather: string[], maps: string[]) => () =>
      write(FILE, [
        { id: 'maps', policy: reaching(...maps) },
        { id: 'weather', policy: reaching(...weather) },
      ]);
    await twoBranches(state(['a'], ['m']), state(['a', 'granted'], ['m']), state(['a'], ['m', 'tiles']));
    git('checkout', '--quiet', '-b', 'crossing', 'theirs');
    expect(git('merge', '--quiet', '--no-edit', 'main').code).toBe(0);
    git('checkout', '--quiet', 'main');
    expect(git('merge', '--quiet', '--no-edit', 'theirs').code).toBe(0);
    state(['a'], ['m', 'tiles'])();
    repository.commit('taken away');
    expect(git('merge', '--no-edit', 'crossing').code).toBe(0);
    expect(await policyIn(FILE, 'weather')).toBe(reaching('a'));
    expect(await policyIn(FILE, 'maps')).toBe(reaching('m', 'tiles'));
  });

  it('that have settled a conflict between them differently end in one again', async () => {
    program('git', 'install');
    const settled = (branch: string, other: string, ...hosts: string[]) => {
      git('checkout', '--quiet', branch);
      expect(git('merge', other).code).toBe(1);
      write(FILE, [{ id: 'weather', policy: reaching(...hosts), code: componentBytes(branch) }]);
      repository.commit(`settled by ${branch}`);
    };
    const recoded = (name: string) => () =>
      write(FILE, [{ id: 'weather', policy: reaching('a'), code: componentBytes(name) }]);
    await twoBranches(weather('a'), recoded('one'), recoded('two'));
    git('branch', 'ours-before');
    settled('main', 'theirs', 'a', 'main');
    settled('theirs', 'ours-before', 'a', 'theirs');
    const { code, stderr } = git('merge', 'main');
    expect(code).toBe(1);
    expect(readFileSync(at(FILE), 'utf8')).toContain('>>>>>>> theirs\n');
    // What both were made from is in conflict, too: that is nothing to settle, and cannot be used.
    expect(stderr).toMatch(/^error: base: /);
    expect(stderr).not.toContain('conflict: ');
    expect(stderr.match(/^To join them /gm)).toHaveLength(1);
    settleAsSaid('.', FILE, stderr, '--ours weather');
    expect(await policyIn(FILE, 'weather')).toBe(reaching('a', 'theirs'));
  });

  it('with a file that is no snapshot end in a conflict that can be seen', async () => {
    program('git', 'install');
    const text = (line: string) => () => writeFileSync(at(FILE), `{ "not": "a snapshot",\n${line}\n}\n`);
    await twoBranches(text('"a": 1'), text('"a": 2'), text('"a": 3'));
    expect(git('merge', 'theirs').code).toBe(1);
    expect(readFileSync(at(FILE), 'utf8')).toContain('>>>>>>> theirs\n');
  });

  it('whose files have hostile names are joined, and nothing in a name is run', async () => {
    program('git', 'install');
    const names = [
      '$(touch ran).wassette.json',
      "'; touch ran; '.wassette.json",
      '"`touch ran`".wassette.json',
      '--help.wassette.json',
      'two\nlines.wassette.json',
    ];
    const all =
      (...hosts: string[]) =>
      () => {
        for (const name of names) write(name, [{ id: 'weather', policy: reaching(...hosts) }]);
      };
    await twoBranches(all('a'), all('a', 'ours'), all('a', 'theirs'));
    expect(git('merge', 'theirs').code).toBe(0);
    for (const name of names) expect(await policyIn(name, 'weather')).toBe(reaching('a', 'ours', 'theirs'));
    expect(git('log', '-p', '--', '*.json').stdout).toContain('- host: "theirs"');
    expect(existsSync(at('ran'))).toBe(false);
  });
});

/** Hosts that are in a side: those of the base that it kept, and perhaps one of its own. */
function sideOf(base: readonly string[], own: string, random: () => number): string[] {
  return [...base.filter(() => random() < 0.7), ...(random() < 0.6 ? [own] : [])];
}

it('500 files that two branches change are joined as the entries say', async () => {
  const random = seededRandom(20_261_126);
  program('git', 'install');
  const cases = Array.from({ length: 500 }, (_, i) => {
    const base = ['a', 'b', 'c', 'd'].filter(() => random() < 0.7);
    return {
      name: `${i}.wassette.json`,
      base,
      ours: sideOf(base, 'ours', random),
      theirs: sideOf(base, 'theirs', random),
    };
  });
  const all = (side: 'base' | 'ours' | 'theirs') => () => {
    for (const each of cases) write(each.name, [{ id: 'tool', policy: reaching(...each[side]) }]);
  };
  await twoBranches(all('base'), all('ours'), all('theirs'));
  const merged = git('merge', 'theirs');
  for (const { name, base, ours, theirs } of cases) {
    const wanted = new Set([
      ...[...ours, ...theirs].filter((host) => !base.includes(host)),
      ...base.filter((host) => ours.includes(host) && theirs.includes(host)),
    ]);
    const { document, content } = await openSnapshot(at(name)).catch((error) => {
      throw new Error(`${name}: ${merged.stdout}`, { cause: error });
    });
    const rights = content.policyOf(document.components[0]!)?.rights;
    expect(rights?.network.allow).toEqual([...wanted].sort().map((host) => ({ host })));
  }
  expect(merged.code).toBe(0);
  expect(readdirSync(repository.root).filter((name) => name.startsWith('.merge_file'))).toEqual([]);
});
