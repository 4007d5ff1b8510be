// Whether the server that an entry of ours starts would start, found out without starting it.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { whyNotStarted } from '../../../tools/doctor/startable.ts';
import { CLIENTS } from '../../../tools/install/clients.ts';
import { makeClientHome } from '../../fixtures/client-home.ts';

const here = makeClientHome;
const CLIENT = CLIENTS.find(({ id }) => id === 'cursor')!;
/** The program that runs, so that the options are those which it knows. */
const PROGRAM = process.argv[1]!;

async function why(words: readonly string[], { command = process.execPath, program = PROGRAM } = {}) {
  const args = [program, 'serve', ...words];
  const found = await whyNotStarted({ command, args, env: {} }, CLIENT, here().machine);
  expect(found.every(({ code }) => code === 'VERIFY_NO_SESSION')).toBe(true);
  return found.map(({ message }) =>
    message.replace(/^Cursor is set up to start a server that cannot start: /, ''),
  );
}
const RUN = ['/opt/wassette', 'run'];

it('a server whose programs are there, and whose options are taken, has nothing in its way', async () => {
  expect(await why(['--read-only', '--never-widen', ...RUN])).toEqual([]);
  expect(await why([])).toEqual([]);
});

it('node, or this program, that is gone is named', async () => {
  expect(await why(RUN, { command: '/opt/gone/node' })).toEqual(['there is no program "/opt/gone/node"']);
  expect(await why(RUN, { program: '/opt/gone/cli.js' })).toEqual(['there is no "/opt/gone/cli.js"']);
});

it.each([
  [['--frobnicate', ...RUN], /no option "--frobnicate"/],
  [['--read-only=yes', ...RUN], /lacks its value, or has one/],
  [['--read-only', '--label', 'x', ...RUN], /--label has no effect/],
  [['--approval', 'nobody', ...RUN], /--approval/],
  [['--policy', '/gone/policy.yaml', ...RUN], /policy\.yaml/],
  [['--identity', '/gone/key.txt', ...RUN], /key\.txt/],
  [['--recipient', 'age1nobody', ...RUN], /not an age recipient/],
  [['--allow-dir', '/gone', ...RUN], /--allow-dir "\/gone"/],
  [['--allow-remote', 'nowhere', ...RUN], /nowhere/],
  [['/opt/wassette', 'serve', '--sse'], /listens on a port/],
  [['--component-dir', '/c', ...RUN], /are taken from the Wassette/],
])('a server that would refuse %j says so', async (words, says) => {
  expect(await why(words)).toEqual([expect.stringMatching(says)]);
});

it('options of another version may be known to that version', async () => {
  const other = here().write('cli.js', '');
  expect(await why(['--frobnicate', ...RUN], { program: other })).toEqual([]);
});

it('a path that depends on where the client starts it, or that it replaces, is left to the client', async () => {
  const folder = path.join(here().home, 'files');
  mkdirSync(folder);
  for (const gone of ['here', '$' + '{workspaceFolder}/here'])
    expect(await why(['--allow-dir', gone, '--allow-dir', folder, ...RUN])).toEqual([]);
  expect(await why(RUN, { command: '$' + '{env:HOME}/node' })).toEqual([]);
});
