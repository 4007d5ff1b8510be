// Which program is found under a name, and whether it is Wassette.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findWassette } from '../../../../src/wassette/live/program/installed.ts';
import { programFile } from '../../../../src/wassette/live/program/search-path.ts';
import { makeClientHome } from '../../../fixtures/client-home.ts';

it('a program is looked for as the system does: in order, and only what may be started', () => {
  const { home } = makeClientHome();
  const [first, second] = ['first', 'second'].map((name) => path.join(home, name)) as [string, string];
  for (const folder of [first, second]) mkdirSync(folder);
  mkdirSync(path.join(first, 'tool'));
  writeFileSync(path.join(second, 'tool'), '');
  const searchPath = [first, second].join(path.delimiter);
  expect(programFile('tool', searchPath)).toBeNull();
  chmodSync(path.join(second, 'tool'), 0o755);
  expect(programFile('tool', searchPath)).toBe(path.join(second, 'tool'));
  expect(programFile('tool', '')).toBeNull();
});

it('a relative part of the PATH is not taken: it would be another one in every folder', () => {
  const { bin } = makeClientHome();
  expect(programFile('wassette', path.relative(process.cwd(), bin))).toBeNull();
  expect(programFile(path.relative(process.cwd(), path.join(bin, 'wassette')), '')).toBe(
    path.join(bin, 'wassette'),
  );
});

it('Wassette is told by its answer, and named as it was found', async () => {
  const here = makeClientHome('0.8.0 version.BuildInfo{GitTag:"742ebb7"}');
  const file = path.join(here.bin, 'wassette');
  expect(await findWassette(here.machine.env)).toMatchObject({
    kind: 'found',
    file,
    version: { text: '0.8.0' },
  });
  const link = path.join(here.home, 'wassette');
  symlinkSync(file, link);
  expect(await findWassette(here.machine.env, link)).toMatchObject({ kind: 'found', file: link });
  expect(await findWassette({ PATH: '/nowhere' })).toEqual({ kind: 'missing' });
});

it('what answers something else, or fails, is not Wassette', async () => {
  const here = makeClientHome('GNU wassette (coreutils) 9.1');
  const file = path.join(here.bin, 'wassette');
  expect(await findWassette(here.machine.env)).toEqual({ kind: 'not-wassette', file });
  writeFileSync(file, '#!/bin/sh\necho 11.19.1\n');
  expect(await findWassette(here.machine.env)).toEqual({ kind: 'not-wassette', file });
  writeFileSync(file, '#!/bin/sh\necho wassette 0.8.0\nexit 1\n');
  expect(await findWassette(here.machine.env)).toEqual({ kind: 'not-wassette', file });
});
