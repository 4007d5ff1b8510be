// Files of other programs: read through links, and replaced only while they are what was read.
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readForeignFile, replaceForeignFile } from '../../src/disk/foreign-file.ts';
import { makeClientHome } from '../fixtures/client-home.ts';
import { failing } from '../fixtures/failing.ts';
import { openToAll, unprivileged } from '../fixtures/system/root.ts';

let home: string;
let file: string;
beforeEach(() => {
  home = makeClientHome().home;
  file = path.join(home, 'settings.json');
});

const failure = (doing: Promise<unknown>) =>
  doing.then(
    () => null,
    (error: unknown) => error,
  );

describe('reading', () => {
  it('takes a missing file for none, also behind a link', async () => {
    expect(await readForeignFile(file)).toEqual({ path: file, text: null, stat: null });
    symlinkSync('shared.json', file);
    expect(await readForeignFile(file)).toMatchObject({ path: path.join(home, 'shared.json'), text: null });
  });

  it('refuses what is no text, and what is no file', async () => {
    writeFileSync(file, Buffer.from([0x7b, 0xff]));
    expect(await failure(readForeignFile(file))).toEqual(failing('FORMAT_INVALID_CONFIG'));
    expect(await failure(readForeignFile(home))).toEqual(failing('STORE_UNSAFE_FILE'));
  });

  it('keeps a byte-order mark', async () => {
    writeFileSync(file, '\ufeff{}');
    expect((await readForeignFile(file)).text).toBe('\ufeff{}');
  });
});

describe('replacing', () => {
  it('makes a new file, and its folder, for this user alone', async () => {
    const below = path.join(home, 'a', 'b', 'settings.json');
    expect(await replaceForeignFile(await readForeignFile(below), '{}')).toBe(true);
    expect(statSync(below).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(below)).mode & 0o777).toBe(0o700);
  });

  it('leaves what somebody wrote meanwhile, and no trace beside it', async () => {
    const missing = await readForeignFile(file);
    writeFileSync(file, 'first');
    expect(await replaceForeignFile(missing, 'ours')).toBe(false);
    const read = await readForeignFile(file);
    writeFileSync(file, 'second, longer');
    expect(await replaceForeignFile(read, 'ours')).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('second, longer');
    expect(readdirSync(home)).toEqual(['settings.json']);
  });

  it('keeps the mode whatever the mask of the process is', async () => {
    writeFileSync(file, '{}');
    chmodSync(file, 0o666);
    expect(await replaceForeignFile(await readForeignFile(file), '{"a":1}')).toBe(true);
    expect(statSync(file).mode & 0o7777).toBe(0o666);
  });

  it('writes where a link leads, and lets the link be', async () => {
    mkdirSync(path.join(home, 'dotfiles'));
    const target = path.join(home, 'dotfiles', 'settings.json');
    writeFileSync(target, 'old');
    symlinkSync('dotfiles/settings.json', file);
    expect(await replaceForeignFile(await readForeignFile(file), 'new')).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(path.join(home, 'dotfiles'))).toEqual(['settings.json']);
  });

  it('refuses a read-only file, and a folder in which nothing can be made', async () => {
    openToAll(path.dirname(home), home);
    writeFileSync(file, 'old');
    chmodSync(file, 0o444);
    const readOnly = await readForeignFile(file);
    expect(await failure(replaceForeignFile(readOnly, 'new'))).toEqual(failing('STORE_DENIED'));
    chmodSync(file, 0o666);
    chmodSync(home, 0o555);
    const read = await readForeignFile(file);
    expect(await failure(unprivileged(() => replaceForeignFile(read, 'new')))).toEqual(
      failing('STORE_DENIED'),
    );
    chmodSync(home, 0o777);
    expect(readFileSync(file, 'utf8')).toBe('old');
  });

  it('of a file with two names changes the one that was named', async () => {
    writeFileSync(file, 'old');
    linkSync(file, path.join(home, 'other.json'));
    expect(await replaceForeignFile(await readForeignFile(file), 'new')).toBe(true);
    expect(readFileSync(path.join(home, 'other.json'), 'utf8')).toBe('old');
  });
});
