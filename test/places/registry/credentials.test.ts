// Logins are found where docker, podman and their helpers keep them.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Credentials } from '../../../src/places/registry/auth/credentials.ts';
import { registryLogins } from '../../../src/wassette/locations.ts';
import { failing } from '../../fixtures/failing.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const password = (username: string, secret: string) => ({ kind: 'password', username, password: secret });

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
});

function write(file: string, value: unknown): string {
  const target = path.join(home, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, typeof value === 'string' ? value : JSON.stringify(value));
  return target;
}

/** A helper that knows one registry, and says whatever else it is asked for that it is not found. */
function writeHelper(name: string, server: string, answer: object): void {
  const program = write(
    `bin/docker-credential-${name}`,
    `#!/bin/sh\nread server\nif [ "$1 $server" = "get ${server}" ]; then echo '${JSON.stringify(answer)}'; else echo 'credentials not found in native keychain'; exit 1; fi\n`,
  );
  chmodSync(program, 0o755);
  vi.stubEnv('PATH', `${path.dirname(program)}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function found(host: string, repository = 'team/tools', env: Record<string, string> = {}) {
  const { credential } = await new Credentials(registryLogins({ HOME: home, ...env })).find(host, repository);
  return credential;
}

describe('in a file of docker', () => {
  it.each([
    ['as name and password in one', { auth: base64('me:pass:word') }, password('me', 'pass:word')],
    ['with the NUL that docker adds', { auth: base64('me:secret\0') }, password('me', 'secret')],
    ['as name and password apart', { username: 'me', password: 'secret' }, password('me', 'secret')],
    [
      'as a token for the token service',
      { auth: base64('me:'), identitytoken: 'T' },
      { kind: 'identity-token', token: 'T' },
    ],
    ['as a token for the registry', { registrytoken: 'T' }, { kind: 'bearer', token: 'T' }],
    ['that is empty, there is no login', {}, null],
    ['without a password, there is no login', { auth: base64('me') }, null],
  ])('%s', async (_what, entry, expected) => {
    write('.docker/config.json', { auths: { 'registry.example': entry } });
    expect(await found('registry.example')).toEqual(expected);
    expect(await found('other.example')).toBeNull();
  });

  it.each([
    ['registry.example:5000', 'registry.example:5000'],
    ['https://registry.example', 'registry.example'],
    ['https://Registry.example/v2/', 'registry.example'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'registry-1.docker.io'],
  ])('%s is the login for %s', async (key, host) => {
    write('.docker/config.json', { auths: { [key]: { auth: base64('a:b') } } });
    expect(await found(host)).toEqual(password('a', 'b'));
  });

  it('of a repository, or what is above it, is not for another (as podman has it)', async () => {
    write('.config/containers/auth.json', {
      auths: {
        'r.example/team': { auth: base64('team:1') },
        'r.example/team/tools': { auth: base64('tools:1') },
        'r.example': { auth: base64('all:1') },
      },
    });
    expect(await found('r.example', 'team/tools')).toEqual(password('tools', '1'));
    expect(await found('r.example', 'team/tools2')).toEqual(password('team', '1'));
    expect(await found('r.example', 'teams')).toEqual(password('all', '1'));
  });
});

describe('of several files', () => {
  const login = (name: string) => ({ auths: { 'r.example': { auth: base64(`${name}:1`) } } });

  it('the variable comes first, then docker, then podman', async () => {
    const runtime = path.dirname(path.dirname(write('run/containers/auth.json', login('podman'))));
    expect(await found('r.example', 'x', { XDG_RUNTIME_DIR: runtime })).toEqual(password('podman', '1'));
    write('.docker/config.json', login('docker'));
    expect(await found('r.example', 'x', { XDG_RUNTIME_DIR: runtime })).toEqual(password('docker', '1'));
    const inline = { DOCKER_AUTH_CONFIG: JSON.stringify(login('variable')) };
    expect(await found('r.example', 'x', inline)).toEqual(password('variable', '1'));
  });

  it('variables name other places for them', async () => {
    const docker = path.dirname(write('elsewhere/config.json', login('elsewhere')));
    expect(await found('r.example', 'x', { DOCKER_CONFIG: docker })).toEqual(password('elsewhere', '1'));
    const file = write('auth.json', login('podman'));
    expect(await found('r.example', 'x', { REGISTRY_AUTH_FILE: file })).toEqual(password('podman', '1'));
  });

  it('a link leads to the file itself', async () => {
    mkdirSync(path.join(home, '.docker'));
    symlinkSync(write('dotfiles/docker.json', login('linked')), path.join(home, '.docker', 'config.json'));
    expect(await found('r.example')).toEqual(password('linked', '1'));
  });

  it.each(['not JSON: hunter2', '[]', '{"auths":{"r.example":"hunter2"}}'])(
    'one that cannot be read is an error that quotes nothing of it: %s',
    async (text) => {
      write('.docker/config.json', text);
      const error = await found('r.example').catch((failure: unknown) => failure);
      expect(error).toEqual(failing('FORMAT_INVALID_CONFIG'));
      expect(JSON.stringify(error)).not.toContain('hunter2');
    },
  );
});

describe('a helper', () => {
  it('of the registry, or of all, is asked before the file is looked into', async () => {
    writeHelper('own', 'r.example', { ServerURL: 'r.example', Username: 'me', Secret: 'kept' });
    write('.docker/config.json', {
      credHelpers: { 'r.example': 'own' },
      credsStore: 'missing',
      auths: { 'r.example': { auth: base64('file:1') }, 'other.example': { auth: base64('other:1') } },
    });
    expect(await found('r.example')).toEqual(password('me', 'kept'));
    expect(await found('other.example')).toEqual(password('other', '1'));
  });

  it('knows the registry of docker by its old address', async () => {
    writeHelper('own', 'https://index.docker.io/v1/', { Username: '<token>', Secret: 'T' });
    write('.docker/config.json', { credsStore: 'own' });
    expect(await found('docker.io')).toEqual({ kind: 'identity-token', token: 'T' });
  });

  it('that knows nothing leaves it to the next file', async () => {
    writeHelper('own', 'another.example', {});
    write('.docker/config.json', { credsStore: 'own' });
    write('.config/containers/auth.json', { auths: { 'r.example': { auth: base64('podman:1') } } });
    expect(await found('r.example')).toEqual(password('podman', '1'));
  });

  it.each([
    ['missing-helper', 'docker-credential-missing-helper is not installed'],
    ['../evil', 'docker-credential-../evil has no name that a program can have'],
  ])('that cannot be asked is told of: %s', async (credsStore, problem) => {
    write('.docker/config.json', { credsStore });
    const logins = new Credentials(registryLogins({ HOME: home }));
    expect(await logins.find('r.example', 'x')).toEqual({ credential: null, problems: [problem] });
  });
});
