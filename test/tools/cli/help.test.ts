// The help names the variables that the code reads, all of them and no other.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { GROUPS, isCommand } from '../../../tools/cli/declared/names.ts';
import { AFTER_HELP, ENVIRONMENT } from '../../../tools/cli/help.ts';
import { command } from '../../fixtures/command-line.ts';

const root = path.join(import.meta.dirname, '../../..');

/** Read by node itself, by its client for HTTP and by those of vendors. */
const READ_BY_OTHERS = [
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_PROFILE',
  'AWS_REGION',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'STORAGE_EMULATOR_HOST',
];

it('the environment in the help is that of the code', () => {
  const files = ['src', 'tools'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(root, folder, file)),
  );
  const read = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\benv\.([A-Z][A-Z_0-9]+)\b/g)].map(([, name]) => name!),
  );
  const told = ENVIRONMENT.flatMap(({ names }) => names);
  expect([...told].sort()).toEqual([...new Set([...read, ...READ_BY_OTHERS])].sort());
  for (const name of told) expect(AFTER_HELP).toContain(name);
});

it('its commands are those that are known before the parser is loaded', async () => {
  const { stdout } = await command('--help');
  const [, listed = ''] = /^Commands:\n((?: .*\n)+)/m.exec(stdout) ?? [];
  const names = [...listed.matchAll(/^ {2}(\w\S*)/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !isCommand(name))).toEqual([]);
  for (const name of names.filter((each) => each !== 'help')) {
    const { stdout: help } = await command(name, '--help');
    expect([name, /^Commands:/m.test(help)]).toEqual([name, GROUPS.includes(name)]);
  }
});
