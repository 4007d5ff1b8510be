// Ways through real directories and links, each as the kernel goes it.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followPath } from '../../../src/disk/paths/kernel-path.ts';
import { openToAll, unprivileged } from '../../fixtures/system/root.ts';

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'kernel-path-')));
  mkdirSync(`${root}/a/b/c`, { recursive: true });
  mkdirSync(`${root}/elsewhere/deep/end`, { recursive: true });
  writeFileSync(`${root}/file`, '');
  const links = {
    link: 'a/b',
    absolute: `${root}/elsewhere/deep`,
    up: 'absolute/..',
    'a/back': '../elsewhere/./deep//end/',
    'to-file': 'file',
    dangling: 'a/nowhere/x',
    loop: 'loop',
    chain: 'link/c',
    process: '/proc/self/cwd',
    stdin: '/dev/stdin',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, `${root}/${name}`);
  // A row of links as long as Linux follows, and one more.
  symlinkSync('a', `${root}/l1`);
  for (let i = 2; i <= 41; i++) symlinkSync(`l${i - 1}`, `${root}/l${i}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const realOf = (text: string) => {
  const { real, isDirectory } = followPath(`${root}${text}`);
  return [real.slice(root.length), isDirectory];
};

it('a path of 400,000 parts is followed no further than it exists', { timeout: 5_000 }, () => {
  const rest = '/missing'.repeat(400_000);
  expect(realOf(`/link${rest}`)).toEqual([`/a/b${rest}`, false]);
});

describe('the way of a path', () => {
  it.each([
    ['/a/b', '/a/b', true],
    ['/a/b/', '/a/b', true],
    ['//a/.//b/.', '/a/b', true],
    ['/link', '/a/b', true],
    ['/link/c/', '/a/b/c', true],
    ['/link/..', '/a', true],
    ['/absolute/..', '/elsewhere', true],
    ['/absolute/../deep/end', '/elsewhere/deep/end', true],
    ['/up', '/elsewhere', true],
    ['/a/back', '/elsewhere/deep/end', true],
    ['/a/back/..', '/elsewhere/deep', true],
    ['/chain', '/a/b/c', true],
    ['/l40', '/a', true],
    ['/l41', '/l1', false],
    ['/loop', '/loop', false],
    ['/file', '/file', false],
    ['/file/', '/file', false],
    ['/to-file', '/file', false],
    ['/missing/x', '/missing/x', false],
    ['/link/missing', '/a/b/missing', false],
    ['/dangling', '/a/nowhere/x', false],
    ['/dangling/y', '/a/nowhere/x/y', false],
    [`/${'n'.repeat(256)}`, `/${'n'.repeat(256)}`, false],
    [`${'/.'.repeat(2_100)}/a`, '/a', false],
  ])('%s ends in %s', (text, real, isDirectory) => {
    expect(realOf(text)).toEqual([real, isDirectory]);
  });

  it('is not that of the text where ".." follows a link', () => {
    expect(path.resolve(`${root}/absolute/..`)).toBe(root);
    expect(followPath(`${root}/absolute/..`).real).toBe(`${root}/elsewhere`);
  });

  it.runIf(process.platform === 'linux')('tells what is of the process, links on the way included', () => {
    const first = (location: string) => followPath(location).ofProcess;
    expect(first('/proc')).toBe('/proc');
    expect(first('/proc/self/cwd')).toBe('/proc');
    expect(first('/dev/fd/0')).toBe('/dev/fd');
    expect(first('/dev/./fd/../root')).toBe('/dev/fd');
    expect(first('/dev/stdin')).toBe('/proc');
    expect(first(`${root}/process`)).toBe('/proc');
    expect(first(`${root}/process/x`)).toBe('/proc');
    expect(first(`${root}/stdin`)).toBe('/proc');
    expect(first('/dev')).toBeNull();
    expect(first(`${root}/a`)).toBeNull();
  });

  it('tells where it may not look', async () => {
    mkdirSync(`${root}/closed/x`, { recursive: true });
    openToAll(root);
    chmodSync(`${root}/closed`, 0);
    const way = await unprivileged(async () => followPath(`${root}/closed/x/y`));
    expect(way).toMatchObject({ hidden: `${root}/closed/x`, isDirectory: false });
    chmodSync(`${root}/closed`, 0o700);
  });
});
