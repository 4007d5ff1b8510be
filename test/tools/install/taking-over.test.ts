// What stays of an entry when `install` writes it anew.
import { describe, expect, it } from 'vitest';
import type { Launch } from '../../../tools/install/launch.ts';
import { takingOver } from '../../../tools/install/taking-over.ts';

const launch = (line: string, env = {}): Launch => {
  const [command, ...args] = line.split(' ');
  return { command: command!, args, env };
};
const OURS = '/opt/node /opt/dist/cli.js serve --read-only /opt/wassette run';
/** What is written where this shell has directories of its own. */
const fresh = launch(`${OURS} --component-dir /found`, {
  WASSETTE_SECRETS_DIR: '/found-secrets',
  WASSETTE_CONFIG_FILE: '/found-config',
});
const GIVEN = new Set(['component-dir', 'secrets-dir']);
const lineOf = ({ command, args }: Launch) => [command, ...args].join(' ');

const entries = {
  'of a Wassette alone': (told: string) => `wassette run ${told}`,
  'of a Wassette that serves on standard input': (told: string) => `wassette serve --stdio ${told}`,
  'of ours': (told: string) => `/old/node /old/dist/cli.js serve --never-widen -- wassette run ${told}`,
  'of ours, whose Wassette has its number in the name': (told: string) =>
    `/old/node /old/wassette-state serve /opt/wassette-0.8.0 run ${told}`,
  'of ours, with a launcher before Wassette': (told: string) =>
    `/old/node /old/wassette-state serve /usr/bin/env X=y wassette run ${told}`,
};

for (const [whose, line] of Object.entries(entries))
  describe(`an entry ${whose}`, () => {
    const taken = (told: string, given: ReadonlySet<string> = new Set(), env = {}) =>
      takingOver(fresh, launch(line(told), env), given);

    it('keeps what Wassette was told, and what was found here is added', () => {
      expect(lineOf(taken('--env A=b'))).toBe(`${OURS} --component-dir /found --env A=b`);
    });

    it.each(['--component-dir /theirs', '--component-dir=/theirs', '--plugin-dir /theirs'])(
      'keeps the directory in %s, unless a person gives another one',
      (directory) => {
        expect(lineOf(taken(`${directory} --env A=b`))).toBe(`${OURS} ${directory} --env A=b`);
        expect(lineOf(taken(`${directory} --env A=b`, GIVEN))).toBe(
          `${OURS} --component-dir /found --env A=b`,
        );
      },
    );

    it('keeps the directory that a variable names, unless a person gives another one', () => {
      const env = { WASSETTE_COMPONENT_DIR: '/theirs' };
      expect(lineOf(taken('--env A=b', new Set(), env))).toBe(`${OURS} --env A=b`);
      expect(lineOf(taken('--env A=b', GIVEN, env))).toBe(`${OURS} --component-dir /found --env A=b`);
    });

    it('keeps all variables, and of secrets the directory that a person gives, or else its own', () => {
      const env = { KEY: 'k', WASSETTE_SECRETS_DIR: '/theirs', WASSETTE_CONFIG_FILE: '/config' };
      expect(taken('', new Set(), env).env).toEqual(env);
      expect(taken('', GIVEN, env).env).toEqual({ ...env, WASSETTE_SECRETS_DIR: '/found-secrets' });
      expect(taken('').env).toEqual(fresh.env);
    });

    it('becomes the same a second time', () => {
      for (const given of [new Set<string>(), GIVEN]) {
        const env = { KEY: 'k', WASSETTE_SECRETS_DIR: '/theirs' };
        const once = taken('--env A=b --component-dir /theirs --disable-builtin-tools', given, env);
        expect(takingOver(fresh, once, given)).toEqual(once);
      }
    });
  });
