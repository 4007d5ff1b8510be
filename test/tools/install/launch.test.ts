// What clients start, and whose entry it is.
import { describe, expect, it } from 'vitest';
import { type Launch, launchOf, startedBy } from '../../../tools/install/launch.ts';
import { makeClientHome } from '../../fixtures/client-home.ts';

const PROGRAMS = { node: '/opt/node', program: '/opt/dist/cli.js', wassette: '/opt/wassette' };
const NOTHING = {
  allowDirs: [],
  allowRemote: [],
  readOnly: false,
  neverWiden: false,
  policy: undefined,
  requireSignature: false,
  allowedSigners: undefined,
  sealing: { recipients: [], identities: [], passphraseFile: undefined },
  allowFindings: [],
  stateDir: undefined,
  componentDir: undefined,
  secretsDir: undefined,
  configFile: undefined,
};

const launch = (line: string, env = {}): Launch => {
  const [command, ...args] = line.split(' ');
  return { command: command!, args, env };
};

describe('the command', () => {
  it('has absolute paths, and nothing that a client finds by itself', () => {
    expect(launchOf(PROGRAMS, NOTHING)).toEqual(launch('/opt/node /opt/dist/cli.js serve /opt/wassette run'));
  });

  it('gives our options to us and those of Wassette to Wassette', () => {
    const setup = {
      allowDirs: ['/a', '/b'],
      allowRemote: [],
      readOnly: true,
      neverWiden: true,
      policy: '/policy.yaml',
      requireSignature: true,
      allowedSigners: '/signers',
      sealing: { recipients: ['age1a', '/team'], identities: ['/key'], passphraseFile: '/passphrase' },
      allowFindings: ['0123456789ab'],
      stateDir: '/state',
      componentDir: '/components',
      secretsDir: '/secrets',
      configFile: '/config.toml',
    };
    const line =
      '/opt/node /opt/dist/cli.js serve --allow-dir /a --allow-dir /b --read-only --never-widen --policy /policy.yaml' +
      ' --require-signature --allowed-signers /signers --recipient age1a --recipient /team --identity /key' +
      ' --passphrase-file /passphrase --allow-finding 0123456789ab --state-dir /state /opt/wassette run --component-dir /components';
    const env = { WASSETTE_SECRETS_DIR: '/secrets', WASSETTE_CONFIG_FILE: '/config.toml' };
    expect(launchOf(PROGRAMS, setup)).toEqual(launch(line, env));
  });
});

describe('the operator as approver', () => {
  it.each([
    [undefined, '--approval operator'],
    ['12h', '--approval operator --plan-lifetime 12h'],
  ])('is written into the entry, with the lifetime %s', (planLifetime, flags) => {
    const { args } = launchOf(PROGRAMS, { ...NOTHING, approval: { by: 'operator', planLifetime } });
    expect(args.join(' ')).toBe(`/opt/dist/cli.js serve ${flags} /opt/wassette run`);
  });
});

describe('an entry is', () => {
  const cases = {
    us: [
      '/opt/node /opt/dist/cli.js serve -- /opt/wassette run',
      '/opt/node /opt/dist/cli.js serve /opt/wassette run',
      'npx -y wassette-state serve -- wassette run',
      'npx -y wassette-state@0.2.0',
      '/usr/local/bin/wassette-state serve --read-only',
      'node /home/me/wassette-state/dist/cli.js',
    ],
    wassette: [
      'wassette run',
      '/opt/wassette run --component-dir /c',
      'C:\\bin\\wassette.exe run',
      'wassette serve --stdio',
    ],
    'something else': [
      'npx -y @modelcontextprotocol/server-memory',
      'wassette --version',
      'wassette serve --sse',
      'my-wassette run',
      'node server.js serve wassetterie',
    ],
  };
  for (const [whose, lines] of Object.entries(cases))
    for (const line of lines)
      it(`${whose}: ${line}`, () => {
        expect(startedBy(launch(line))).toBe(whose);
      });
});

describe('an entry whose Wassette has a name of its own is ours', () => {
  it('by the package of the program that it starts', () => {
    const here = makeClientHome();
    const program = here.write('tools/dist/cli.js', '');
    const line = `/opt/node ${program} serve /opt/wassette-0.8.0 run`;
    expect(startedBy(launch(line))).toBe('something else');
    here.write('tools/package.json', '{"name":"wassette-state"}');
    expect(startedBy(launch(line))).toBe('us');
    here.write('tools/package.json', '{"name":"another"}');
    expect(startedBy(launch(line))).toBe('something else');
  });
});
