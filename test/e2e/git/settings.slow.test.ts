// The settings of git, as `git install` makes them and `git uninstall` takes them away, tried with the real git.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSnapshot } from '../../../src/open.ts';
import { documentOf } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';
import { Repository } from '../../fixtures/system/repository.ts';

const FILE = 'team.wassette.json';

let repository: Repository;
const at = (name: string) => repository.at(name);
const run = (file: string, ...args: string[]) => repository.run(file, ...args);
const git = (...args: string[]) => repository.git(...args);
const program = (...args: string[]) => repository.program(...args);
const reaching = (...network: string[]) => policyText({ network });
const weather =
  (...hosts: string[]) =>
  () =>
    writeFileSync(
      at(FILE),
      `${JSON.stringify(documentOf([{ id: 'weather', policy: reaching(...hosts) }]), null, 2)}\n`,
    );

/** As if node had been moved away since the settings were made. */
function moveNode(): void {
  const [, node] = /^'([^']+)'/.exec(git('config', 'merge.wassette-state.driver').stdout)!;
  const config = readFileSync(at('.git/config'), 'utf8');
  writeFileSync(at('.git/config'), config.replaceAll(`'${node}'`, "'/gone/node'"));
}

beforeEach(() => {
  repository = new Repository();
});

describe('the settings', () => {
  it('are made once, and taken away again without what somebody else has set', async () => {
    writeFileSync(at('.gitattributes'), '*.png binary');
    const before = git('config', '--local', '--list').stdout;
    expect(program('git', 'install').code).toBe(0);
    const once = git('config', '--local', '--list').stdout;
    program('git', 'install');
    expect(git('config', '--local', '--list').stdout).toBe(once);
    expect(readFileSync(at('.gitattributes'), 'utf8')).toBe(
      '*.png binary\n*.wassette.json merge=wassette-state diff=wassette-state\n',
    );
    git('config', 'merge.wassette-state.name', 'of a person');
    const { code, stdout } = program('git', 'uninstall');
    expect(code).toBe(0);
    expect(stdout).toContain('merge.wassette-state.name = of a person (stays: not of this program)');
    expect(git('config', '--local', '--list').stdout).toBe(
      `${before}merge.wassette-state.name=of a person\n`,
    );
    expect(readFileSync(at('.gitattributes'), 'utf8')).toBe('*.png binary\n');
  });

  it('of another driver under our name are shown and stay, unless they are to be replaced', async () => {
    git('config', 'merge.wassette-state.driver', 'other %A');
    const refused = program('git', 'install');
    expect(refused).toMatchObject({ code: 6 });
    expect(refused.stderr).toContain('"other %A"');
    expect(git('config', 'merge.wassette-state.driver').stdout).toBe('other %A\n');
    expect(program('git', 'install', '--force').code).toBe(0);
    expect(git('config', 'merge.wassette-state.driver').stdout).toContain('merge-driver %O %A %B');
  });

  it('of a node or program that has moved are still ours: replaced, or taken away, without a question', async () => {
    const before = git('config', '--local', '--list').stdout;
    program('git', 'install');
    const config = readFileSync(at('.git/config'), 'utf8');
    moveNode();
    expect(program('git', 'install')).toMatchObject({ code: 0 });
    expect(readFileSync(at('.git/config'), 'utf8')).toBe(config);
    moveNode();
    expect(program('git', 'uninstall')).toMatchObject({ code: 0 });
    expect(git('config', '--local', '--list').stdout).toBe(before);
  });

  it('of a node that has moved leave files to be seen as they are, and merges in conflict', async () => {
    program('git', 'install');
    await repository.twoBranches(weather('a'), weather('a', 'ours'), weather('a', 'theirs'));
    moveNode();
    for (const shown of [git('show'), git('log', '-p', '-1'), git('diff', 'HEAD~1')]) {
      expect(shown).toMatchObject({ code: 0, stderr: expect.stringContaining('/gone/node') });
      expect(shown.stdout).toContain('"state_digest": ');
    }
    expect(git('merge', 'theirs')).toMatchObject({ code: 1, stderr: expect.stringContaining('/gone/node') });
    expect(git('status', '--short').stdout).toBe(`UU ${FILE}\n`);
  });

  it('for a user are in the configuration of that user alone', async () => {
    expect(program('git', 'install', '--global').code).toBe(0);
    expect(git('config', '--local', '--get', 'merge.wassette-state.driver').code).toBe(1);
    expect(git('config', '--global', '--get', 'merge.wassette-state.driver').code).toBe(0);
    expect(existsSync(at('.gitattributes'))).toBe(false);
    program('git', 'uninstall', '--global');
    expect(git('config', '--global', '--list').stdout).toBe('');
  });

  it('start the program wherever it is: in a folder with spaces, quotes and signs of git or a shell', async () => {
    const odd = path.join(
      mkdtempSync(path.join(tmpdir(), 'wassette-state-test-')),
      "it's 100%A $(touch ran)",
    );
    mkdirSync(odd);
    cpSync('dist', path.join(odd, 'dist'), { recursive: true });
    cpSync('package.json', path.join(odd, 'package.json'));
    expect(run(process.execPath, path.join(odd, 'dist/cli.js'), 'git', 'install').code).toBe(0);
    await repository.twoBranches(weather('a'), weather('a', 'ours'), weather('a', 'theirs'));
    expect(git('merge', 'theirs')).toMatchObject({ code: 0 });
    const { document } = await openSnapshot(at(FILE));
    expect(document.components[0]?.policy?.content).toBe(reaching('a', 'ours', 'theirs'));
    expect(git('show').code).toBe(0);
    expect(existsSync(at('ran'))).toBe(false);
  });
});
