// What the real git shows of snapshots by the built program: git diff, show and log.
import { writeFileSync } from 'node:fs';
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
});
