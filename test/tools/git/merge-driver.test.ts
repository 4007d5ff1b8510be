// What becomes of the three files that git hands to its driver, without git.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { joinFiles } from '../../../tools/git/merge-driver.ts';
import { documentOf } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
const file = (name: string, content: Buffer) => {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
};

it('files that are no snapshots stand between markers byte for byte, also where they are no text', async () => {
  const odd = Buffer.from([0xff, 0x00, 0x20, 0x0a, 0x0a]);
  const ours = file('ours', odd);
  const outcome = await joinFiles({
    base: file('base', Buffer.from('base')),
    ours,
    theirs: file('theirs', Buffer.from([0xfe])),
  });
  expect(outcome).toMatchObject({
    kind: 'unreadable',
    file: 'ours',
    error: { code: expect.stringMatching(/^FORMAT_/) },
  });
  expect(readFileSync(ours)).toEqual(
    Buffer.concat([
      Buffer.from('<<<<<<< ours\n'),
      odd,
      Buffer.from('=======\n'),
      Buffer.from([0xfe]),
      Buffer.from('\n>>>>>>> theirs\n'),
    ]),
  );
});

it('what a merge has not joined is said, also where the file stays as ours has it', async () => {
  const saying = (name: string, description: string, hosts: string[]) => {
    const components = [{ id: 'weather', policy: policyText({ network: hosts }) }];
    const document = documentOf(components, { metadata: { description } });
    return file(name, Buffer.from(`${JSON.stringify(document, null, 2)}\n`));
  };
  const base = saying('said-before', 'before', ['a']);
  const notes = ['both sides changed "metadata": it is as ours has it'];
  for (const theirHosts of [['a'], ['a', 'b']]) {
    const ours = saying('said-by-ours', 'ours', ['a']);
    const before = readFileSync(ours);
    const theirs = saying('said-by-theirs', 'theirs', theirHosts);
    expect(await joinFiles({ base, ours, theirs })).toEqual({ kind: 'joined', notes });
    expect(readFileSync(ours).equals(before)).toBe(theirHosts.length === 1);
  }
});
