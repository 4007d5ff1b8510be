// What the real git shows of snapshots by the built program: git diff, show and log.
import { existsSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { documentOf } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';
import { Repository } from '../../fixtures/system/repository.ts';

const FILE = 'team.wassette.json';

let repository: Repository;
const at = (name: string) => repository.at(name);
const git = (...args: string[]) => repository.git(...args);
const textOf = (...network: string[]) =>
  `${JSON.stringify(documentOf([{ id: 'weather', policy: policyText({ network }) }]), null, 2)}\n`;
const weather =
  (...hosts: string[]) =>
  () =>
    writeFileSync(at(FILE), textOf(...hosts));

beforeEach(() => {
  repository = new Repository();
  repository.program('git', 'install');
});

describe('git diff, show and log', () => {
  it('read as the snapshot does, and show a file that is none as it is', async () => {
    await repository.twoBranches(weather('a'), weather('a', 'b'), () =>
      writeFileSync(at('broken.wassette.json'), 'broken\n'),
    );
    for (const shown of [git('show'), git('log', '-p', '-1'), git('diff', 'HEAD~1')]) {
      expect(shown.stdout).toContain('- host: "b"');
      expect(shown.stdout).not.toContain('\\n');
    }
    expect(git('show', 'theirs').stdout).toContain('+broken');
  });

  it('read a file whatever it is called, and nothing in a name is run', async () => {
    const names = [
      '--x.wassette.json',
      '--help.wassette.json',
      '-.wassette.json',
      '$(touch ran).wassette.json',
      "'; touch ran; '.wassette.json",
      '"`touch ran`".wassette.json',
      'two\nlines.wassette.json',
      '&1.wassette.json',
    ].map((name) => Buffer.from(name));
    if (process.platform === 'linux') names.push(Buffer.from('caf\u00e9.wassette.json', 'latin1'));
    const all =
      (...hosts: string[]) =>
      () => {
        for (const name of names)
          writeFileSync(Buffer.concat([Buffer.from(`${repository.root}/`), name]), textOf(...hosts));
      };
    all('a')();
    repository.commit('a');
    all('a', 'b')();
    const changed = git('diff');
    repository.commit('b');
    for (const shown of [changed, git('show')]) {
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout.match(/^\+ +- host: "b"$/gm)).toHaveLength(names.length);
    }
    expect(existsSync(at('ran'))).toBe(false);
  });

  it('start nothing that the repository has', async () => {
    for (const name of ['node', 'sh', 'f', 'wassette-state']) {
      writeFileSync(at(name), '#!/bin/sh\ntouch ran\n', { mode: 0o755 });
    }
    await repository.twoBranches(weather('a'), weather('a', 'b'), weather('a', 'c'));
    weather('a', 'd')();
    expect(git('diff').stdout).toContain('- host: "d"');
    git('checkout', '--quiet', FILE);
    expect(git('merge', 'theirs').code).toBe(0);
    expect(existsSync(at('ran'))).toBe(false);
  });
});
