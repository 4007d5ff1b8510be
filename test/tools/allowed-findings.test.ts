// An export that would carry a credential, by its two callers: a person lets a finding through, an agent cannot.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runServe } from '../../tools/cli/commands/serve.ts';
import { chosenFindings } from '../../tools/mcp/server-options.ts';
import { command } from '../fixtures/command-line.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText } from '../fixtures/host.ts';
import { connect } from '../fixtures/servers/mcp.ts';
import { KEYS, sealed } from '../fixtures/sops-documents.ts';

const PASSWORD = ['hunter', '2'].join('');
const POLICY = `${policyText({})}# password: ${PASSWORD}\n# passphrase: ${PASSWORD}\n`;

function host() {
  const made = makeHost();
  made.install('probe', { policy: POLICY });
  const folder = path.join(path.dirname(made.locations.componentDir), 'files');
  mkdirSync(folder);
  return { ...made, folder, file: path.join(folder, 'state.json') };
}

function idsIn(text: string): string[] {
  return [...text.matchAll(/\(([0-9a-f]{12})\)/g)].map(([, id]) => id!);
}

describe('on the command line', () => {
  it.each([
    ['a list', (ids: string[]) => ['--allow-finding', ids.join(',')]],
    ['JSON', (ids: string[]) => ['--allow-finding', JSON.stringify(ids)]],
    ['one after another', (ids: string[]) => ids.flatMap((id) => ['--allow-finding', id])],
  ])('an export is refused with what helps, and goes on with the ids as %s', async (_how, asked) => {
    const { flags, file } = host();
    const description = `password: ${PASSWORD}`;
    const args = ['export', '-o', file, '--description', description, ...flags];
    const refused = await command(...args);
    expect(refused).toMatchObject({ code: 5, stdout: '' });
    expect(refused.stderr).toContain('[POLICY_CREDENTIAL_FOUND]');
    expect(refused.stderr).not.toContain(PASSWORD);
    const ids = idsIn(refused.stderr.replace(/\s+/g, ' '));
    expect(ids).toHaveLength(3);
    expect(refused.stderr.replace(/\s+/g, '')).toContain(`--allow-finding${ids.join(',')}`);
    expect(existsSync(file)).toBe(false);
    const some = await command(...args, ...asked(ids.slice(1)));
    expect(some.code).toBe(5);
    expect(idsIn(some.stderr)).toEqual(ids.slice(0, 1));
    const run = await command(...args, ...asked(ids));
    expect(run.code).toBe(0);
    expect(idsIn(run.stdout.replace(/\s+/g, ' '))).toEqual(ids);
    expect(existsSync(file)).toBe(true);
  });

  it('JSON has the same, and the value is nowhere', async () => {
    const { flags } = host();
    const { stdout, stderr, code } = await command('export', '--json', ...flags);
    expect(code).toBe(5);
    const { error } = JSON.parse(stdout);
    expect(error).toEqual(
      failing('POLICY_CREDENTIAL_FOUND', { details: { count: 2, findings: expect.anything() } }),
    );
    expect(error.hint).toContain('--allow-finding');
    expect(stdout + stderr).not.toContain(PASSWORD);
  });

  it('secrets that are put back into a snapshot do not take one along, unless it is allowed again', async () => {
    const { flags, file, storeSecrets } = host();
    storeSecrets('probe', { DB_PASSWORD: PASSWORD });
    const sealing = ['export', '-o', file, '--include-secrets', '--recipient', KEYS.mine.recipient, ...flags];
    const ids = idsIn((await command(...sealing)).stderr.replace(/\s+/g, ' '));
    expect(ids).toHaveLength(2);
    const allowing = ['--allow-finding', ids.join(',')];
    expect(await command(...sealing, ...allowing)).toMatchObject({ code: 0 });
    const { state_digest: state } = JSON.parse(readFileSync(file, 'utf8'));
    const secrets = [
      { path: ['secrets', 'probe', 'DB_PASSWORD'], value: 'another' },
      { path: ['binding'], value: state },
    ];
    writeFileSync(`${file}.sops`, await sealed(secrets, [KEYS.mine.recipient]));
    const reseal = ['reseal', file, '--secrets', `${file}.sops`, '-o', `${file}.json`, ...flags];
    const refused = await command(...reseal);
    expect(refused).toMatchObject({ code: 5, stdout: '' });
    expect(refused.stderr).not.toContain(PASSWORD);
    expect(existsSync(`${file}.json`)).toBe(false);
    const put = await command(...reseal, ...allowing);
    expect(put).toMatchObject({ code: 0 });
    expect(idsIn(put.stdout.replace(/\s+/g, ' '))).toEqual(ids);
  });

  it('what is no id is refused and not quoted', async () => {
    const run = await command('export', '--allow-finding', PASSWORD, ...host().flags);
    expect(run.code).toBe(2);
    expect(run.stderr).not.toContain(PASSWORD);
  });

  it('doctor says that an export would be refused', async () => {
    const { flags } = host();
    const { stdout } = await command('doctor', '--json', ...flags);
    expect(stdout).toContain('POLICY_CREDENTIAL_FOUND');
    expect(stdout).not.toContain(PASSWORD);
  });
});

describe('an agent', () => {
  it('cannot let a finding through, and is told who can', async () => {
    const made = host();
    const { folder, file } = made;
    const agent = await connect(made, { allowDirs: [folder] });
    const ask = (args: Record<string, unknown>) => agent.call('export_state', args);
    const refused = JSON.stringify(await ask({ destination: file }).catch((error: unknown) => error));
    expect(refused).toContain('POLICY_CREDENTIAL_FOUND');
    expect(refused).toContain('ask the operator to start this server with --allow-finding');
    expect(refused).not.toContain(PASSWORD);
    const ids = idsIn(refused).slice(0, 2);
    for (const name of ['allow_finding', 'allow_findings', 'allowFindings'])
      await expect(ask({ destination: file, [name]: ids })).rejects.toEqual(failing('USAGE_BAD_ARGUMENT'));
    expect(existsSync(file)).toBe(false);
  });

  it('exports what its operator let through, and says so', async () => {
    const made = host();
    const agent = await connect(made);
    const failure = await agent.call('export_state', {}).catch((error: unknown) => error);
    const ids = [...new Set(idsIn(JSON.stringify(failure)))];
    const trusted = await connect(made, { allowFindings: ids });
    const { structured, wire } = await trusted.call('export_state', {});
    expect(structured.notes).toContainEqual(
      expect.stringContaining('looks like a credential and was allowed: component "probe"'),
    );
    expect(wire).not.toContain(PASSWORD);
    await expect(trusted.call('export_state', { description: `password: ${PASSWORD}` })).rejects.toEqual(
      failing('POLICY_CREDENTIAL_FOUND'),
    );
  });
});

describe('the operator of a server', () => {
  it('names findings as a list, as JSON, or one after another', () => {
    const [a, b, c] = ['0', '1', 'f'].map((digit) => digit.repeat(12)) as [string, string, string];
    expect(chosenFindings()).toEqual([]);
    expect(chosenFindings([`${a}, ${b}`, c])).toEqual([a, b, c]);
    expect(chosenFindings([`["${a}"]`, a])).toEqual([a]);
  });

  it('is told before the server starts that an id is none', async () => {
    await expect(runServe({ allowFinding: [PASSWORD] }, null)).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
  });
});
