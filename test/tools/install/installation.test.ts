// `install` on a machine: which files it would change, what it writes, and what it refuses.
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { newSealedIdentity } from '../../../src/codec/age/identities.ts';
import type { CLIENT_IDS } from '../../../tools/install/client-ids.ts';
import { writeChange } from '../../../tools/install/config/config-file.ts';
import type { InstallFlags } from '../../../tools/install/setup.ts';
import { actions, failure, install, makeClientHome, planFor } from '../../fixtures/client-home.ts';
import { failing } from '../../fixtures/failing.ts';
import { operatorPolicyFile } from '../../fixtures/operator-policy.ts';
import { countedRandom, KEYS } from '../../fixtures/sops-documents.ts';
import { isRoot } from '../../fixtures/system/root.ts';

/** The file of each client in a home, with something in it that is to stay. */
const FILES: Record<(typeof CLIENT_IDS)[number], [file: string, text: string]> = {
  'claude-code': ['.claude.json', '{\n  "numStartups": 7,\n  "projects": {"/w": {"mcpServers": {}}}\n}'],
  vscode: [
    '.config/Code/User/mcp.json',
    '{\n\t// mine\n\t"servers": {\n\t\t"a": {"url": "https://a"}, // a\n\t},\n}\n',
  ],
  cursor: ['.cursor/mcp.json', '{"mcpServers":{"a":{"command":"a"}}}'],
  'copilot-cli': ['.copilot/mcp-config.json', '{\n  "mcpServers": {\n    "a": {}\n  }\n}\n'],
  codex: ['.codex/config.toml', '# mine\nmodel = "m"\r\n\r\n[mcp_servers.a]\r\ncommand = "a" # a\r\n'],
  'gemini-cli': [
    '.gemini/settings.json',
    '{\n    "theme": "dark", // dark\n    "mcpServers": {\n        "a": {}\n    }\n}\n',
  ],
  opencode: ['.config/opencode/opencode.jsonc', '{\n  "mcp": {\n    "a": {"type": "remote"},\n  },\n}\n'],
  'claude-desktop': [
    '.config/Claude/claude_desktop_config.json',
    '{"globalShortcut":"x", "mcpServers" : {"a":{} } }',
  ],
  windsurf: ['.codeium/windsurf/mcp_config.json', '{\n  "mcpServers": {\n    "a": {}\n  }\n}'],
  zed: [
    '.config/zed/settings.json',
    '// Zed\n{\n  "context_servers": {\n    "a": {},\n  },\n  "vim_mode": true,\n}\n',
  ],
};

describe('install', () => {
  for (const [id, [file, text]] of Object.entries(FILES))
    it(`sets up ${id}, has nothing to do a second time, and leaves no trace after --uninstall`, async () => {
      const here = makeClientHome();
      here.write(file, text);
      const [first] = await install(here, [id]);
      expect(first!.change.action).toBe('add');
      const written = here.read(file);
      expect(written).toContain(path.join(here.bin, 'wassette'));
      expect(written).not.toContain('npx');
      expect(actions(await install(here, [id]))).toEqual(['none']);
      expect(here.read(file)).toBe(written);
      expect(actions(await install(here, [id], { uninstall: true }))).toEqual(['remove']);
      if (id !== 'claude-code') expect(here.read(file)).toBe(text);
      else expect(JSON.parse(here.read(file))).toEqual({ mcpServers: {}, ...JSON.parse(text) });
      expect(readdirSync(path.dirname(path.join(here.home, file)))).not.toContainEqual(
        expect.stringMatching(/tmp/),
      );
    });

  it('finds the clients that are here, and with --uninstall those that have our entry', async () => {
    const here = makeClientHome();
    here.write('.claude/settings.json', '{}');
    here.write(...FILES.codex);
    here.write(...FILES.zed);
    mkdirSync(path.join(here.home, '.cursor'));
    const plan = await planFor([], {}, here.machine);
    expect(plan.map(({ wish }) => wish.client.id)).toEqual(['claude-code', 'cursor', 'codex', 'zed']);
    await install(here, ['codex']);
    const gone = await planFor([], { uninstall: true }, here.machine);
    expect(gone.map(({ wish }) => wish.client.id)).toEqual(['codex']);
  });

  it('with no client here, or an unknown one, says which there are', async () => {
    const here = makeClientHome();
    const none = await failure(planFor([], {}, here.machine));
    expect(none).toEqual(
      failing('USAGE_BAD_ARGUMENT', { hint: expect.stringContaining('claude-code, vscode') }),
    );
    const unknown = await failure(planFor(['claude'], {}, here.machine));
    expect(unknown).toEqual(failing('USAGE_BAD_ARGUMENT'));
    const near = await failure(planFor(['vs-code'], {}, here.machine));
    expect(near).toEqual(
      failing('USAGE_BAD_ARGUMENT', { hint: expect.stringContaining('did you mean vscode') }),
    );
    const joined = await failure(planFor(['codex,zed'], {}, here.machine));
    expect(joined).toEqual(
      failing('USAGE_BAD_ARGUMENT', { hint: expect.stringContaining('with spaces between them') }),
    );
  });

  it('makes the folder of a command line client, and not that of an application that never ran', async () => {
    const here = makeClientHome();
    await install(here, ['codex', 'copilot-cli']);
    expect(statSync(path.join(here.home, '.codex/config.toml')).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(here.home, '.copilot')).mode & 0o777).toBe(0o700);
    for (const id of ['vscode', 'claude-desktop', 'windsurf', 'zed'])
      expect(await failure(install(here, [id]))).toEqual(failing('STORE_NOT_FOUND'));
    expect(existsSync(path.join(here.home, '.config'))).toBe(false);
    const hint = expect.stringMatching(/nothing was written, for other clients neither.*or leave it out/);
    expect(await failure(install(here, ['gemini-cli', 'zed']))).toEqual(failing('STORE_NOT_FOUND', { hint }));
    expect(existsSync(path.join(here.home, '.gemini'))).toBe(false);
  });

  it('takes the file that a person names', async () => {
    const here = makeClientHome();
    const file = here.write('project/.mcp.json', '{"mcpServers":{}}');
    await install(here, ['claude-code'], { clientConfig: file });
    expect(JSON.parse(here.read('project/.mcp.json')).mcpServers).toHaveProperty('wassette');
    expect(existsSync(path.join(here.home, '.claude.json'))).toBe(false);
    const nowhere = path.join(here.home, 'missing', '.mcp.json');
    expect(await failure(install(here, ['codex'], { clientConfig: nowhere }))).toEqual(
      failing('STORE_NOT_FOUND'),
    );
    expect(await failure(install(here, [], { clientConfig: file }))).toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it('names the directories that a client would not find by itself', async () => {
    const here = makeClientHome();
    const flags = { componentDir: path.join(here.home, 'c'), secretsDir: path.join(here.home, 's') };
    const [planned] = await planFor(['codex'], flags, here.machine);
    expect(planned!.wish.launch!.args.slice(-2)).toEqual(['--component-dir', path.join(here.home, 'c')]);
    expect(planned!.wish.launch!.env).toEqual({ WASSETTE_SECRETS_DIR: path.join(here.home, 's') });
  });

  it("names the operator's policy, and refuses one with which no server would start", async () => {
    const here = makeClientHome();
    const policy = operatorPolicyFile();
    const [planned] = await planFor(['codex'], { policy }, here.machine);
    expect(planned!.wish.launch!.args.slice(2, 4)).toEqual(['--policy', policy]);
    const broken = operatorPolicyFile({ hosts: 'a.example' });
    expect(await failure(planFor(['codex'], { policy: broken }, here.machine))).toEqual(
      failing('FORMAT_INVALID_OPERATOR_POLICY'),
    );
    expect(await failure(planFor(['codex'], { policy: `${policy}.x` }, here.machine))).toEqual(
      failing('STORE_NOT_FOUND'),
    );
  });

  it('refuses a path that a client would read as a variable', async () => {
    const here = makeClientHome();
    for (const name of ['$HOME', '$(x)', '{env:HOME}']) {
      const flags = { componentDir: path.join(here.home, name) };
      expect(await failure(planFor(['codex'], flags, here.machine))).toEqual(failing('USAGE_BAD_ARGUMENT'));
    }
  });

  it('allows a folder that exists where a client does not start in the project', async () => {
    const here = makeClientHome();
    mkdirSync(path.join(here.home, 'Downloads'));
    mkdirSync(path.join(here.home, '.cursor'));
    const [codex, cursor] = await planFor(['codex', 'cursor'], {}, here.machine);
    expect(codex!.wish.launch!.args).not.toContain('--allow-dir');
    expect(cursor!.wish.launch!.args.slice(2, 4)).toEqual(['--allow-dir', path.join(here.home, 'Downloads')]);
    const missing = { allowDir: [path.join(here.home, 'nowhere')] };
    expect(await failure(planFor(['codex'], missing, here.machine))).toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it('names the list of accepted signers, which has to be one', async () => {
    const here = makeClientHome();
    const signers = path.join(here.home, 'team');
    const entry = async (flags: InstallFlags) =>
      (await planFor(['codex'], flags, here.machine))[0]!.wish.launch!.args.join(' ');
    const flags = { requireSignature: true, allowedSigners: signers };
    await expect(entry(flags)).rejects.toThrow(failing('STORE_NOT_FOUND'));
    writeFileSync(signers, 'alice\n');
    await expect(entry(flags)).rejects.toThrow(failing('FORMAT_INVALID_SIGNERS'));
    writeFileSync(signers, '# nobody yet\n');
    expect(await entry(flags)).toContain(` --require-signature --allowed-signers ${signers} `);
  });

  it('names the files of keys for secrets, and holds nothing of a private one', async () => {
    const here = makeClientHome();
    const team = here.write('team.txt', `${KEYS.other.recipient}\n`);
    const key = here.write('key.txt', `${KEYS.mine.identity}\n`);
    chmodSync(key, 0o600);
    const fromHere = (file: string) => path.relative(process.cwd(), file);
    const [planned] = await install(here, ['codex'], {
      recipient: [KEYS.mine.recipient, fromHere(team)],
      identity: [fromHere(key)],
      allowFinding: ['0123456789ab,ba9876543210'],
    });
    expect(planned!.wish.launch!.args.slice(2, 12)).toEqual([
      ...['--recipient', KEYS.mine.recipient, '--recipient', team],
      ...['--identity', key],
      ...['--allow-finding', '0123456789ab', '--allow-finding', 'ba9876543210'],
    ]);
    expect(here.read('.codex/config.toml')).toContain(key);
    expect(here.read('.codex/config.toml')).not.toContain('AGE-SECRET-KEY');
  });

  it('refuses keys for secrets with which no server would start', async () => {
    const here = makeClientHome();
    const refused = (flags: InstallFlags) => failure(planFor(['codex'], flags, here.machine));
    const key = here.write('key.txt', `${KEYS.mine.identity}\n`);
    expect(await refused({ identity: [key] })).toEqual(failing('STORE_UNSAFE_FILE'));
    expect(await refused({ identity: [`${key}.x`] })).toEqual(failing('STORE_NOT_FOUND'));
    expect(await refused({ recipient: [KEYS.mine.identity] })).toEqual(failing('USAGE_BAD_ARGUMENT'));
    expect(await refused({ recipient: ['age1nobody'] })).toEqual(failing('FORMAT_INVALID_KEY'));
    expect(await refused({ allowFinding: ['weather'] })).toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it('takes an identity with a passphrase only with a file that holds it: a client gives none', async () => {
    const here = makeClientHome();
    const { file } = await newSealedIdentity('correct horse', countedRandom('salt')(16), 4);
    const [key, passphraseFile] = [here.write('key.age', file), here.write('passphrase', 'correct horse\n')];
    for (const each of [key, passphraseFile]) chmodSync(each, 0o600);
    const plan = (flags: InstallFlags) => planFor(['codex'], flags, here.machine);
    const hint = expect.stringContaining('--passphrase-file');
    expect(await failure(plan({ identity: [key] }))).toEqual(failing('USAGE_BAD_ARGUMENT', { hint }));
    const [planned] = await plan({ identity: [key], passphraseFile });
    expect(planned!.wish.launch!.args.slice(2, 6)).toEqual([
      ...['--identity', key],
      ...['--passphrase-file', passphraseFile],
    ]);
    here.write('passphrase', 'battery\n');
    expect(await failure(plan({ identity: [key], passphraseFile }))).toEqual(failing('VERIFY_CANNOT_UNSEAL'));
  });

  it('says of a client that asks nobody how it is made to ask', async () => {
    const here = makeClientHome();
    const notes = async (flags: InstallFlags) =>
      (await planFor(['opencode'], flags, here.machine)).flatMap((planned) => planned.notes);
    expect(await notes({})).toEqual([expect.stringMatching(/opencode runs tools without asking you/)]);
    expect(await notes({ neverWiden: true })).toEqual([]);
  });

  it('writes which approvals in writing count, and refuses what no server would start with', async () => {
    const here = makeClientHome();
    const plan = (flags: InstallFlags) => planFor(['opencode'], flags, here.machine);
    const chosen = { approval: 'signed', approvals: 'approvals', label: ['production,eu'] };
    const [planned] = await plan(chosen);
    const { args } = planned!.wish.launch!;
    expect(args.join(' ')).toContain(
      `--approval signed --approvals ${path.resolve('approvals')} --label production --label eu`,
    );
    for (const without of ['approvals', 'label'] as const)
      expect(await failure(plan({ ...chosen, [without]: undefined }))).toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it('says what an approval in a terminal proves, and refuses an approver that it does not know', async () => {
    const here = makeClientHome();
    const plan = (flags: InstallFlags) => planFor(['opencode'], flags, here.machine);
    const [planned] = await plan({ approval: 'operator', planLifetime: '12h' });
    expect(planned!.notes).toEqual([expect.stringContaining('a terminal proves no person')]);
    expect(planned!.wish.launch!.args.slice(2, 6)).toEqual([
      '--approval',
      'operator',
      '--plan-lifetime',
      '12h',
    ]);
    for (const flags of [
      { approval: 'nobody' },
      { planLifetime: '12h' },
      { approval: 'operator', planLifetime: 'x' },
    ])
      expect(await failure(plan(flags))).toEqual(failing('USAGE_BAD_ARGUMENT'));
    const [asking] = await plan({ approval: 'ask' });
    expect(asking!.wish.launch!.args).not.toContain('--approval');
  });
});

describe('the Wassette to start', () => {
  it('is the one on the PATH, or the one that is named', async () => {
    const here = makeClientHome();
    const named = path.join(here.bin, 'wassette');
    const away = { ...here.machine, env: { ...here.machine.env, PATH: '/usr/bin' } };
    expect(await failure(planFor(['codex'], {}, away))).toEqual(failing('STORE_NO_WASSETTE'));
    const [planned] = await planFor(['codex'], { wassette: named }, away);
    expect(planned!.wish.launch!.args).toContain(named);
    const [byName] = await planFor(['codex'], { wassette: 'wassette' }, here.machine);
    expect(byName!.wish.launch!.args).toContain(named);
    const wrong = { wassette: path.join(here.home, 'nothing') };
    expect(await failure(planFor(['codex'], wrong, here.machine))).toEqual(failing('STORE_NO_WASSETTE'));
  });

  it('is not the directory in which it is', async () => {
    const here = makeClientHome();
    const refused = await failure(planFor(['codex'], { wassette: here.bin }, here.machine));
    expect(refused).toEqual(
      failing('STORE_NO_WASSETTE', { hint: expect.stringContaining(path.join(here.bin, 'wassette')) }),
    );
  });

  it('has to answer as Wassette does', async () => {
    const here = makeClientHome('my music player');
    const refused = await failure(planFor(['codex'], {}, here.machine));
    expect(refused).toEqual(
      failing('STORE_NO_WASSETTE', { details: { file: path.join(here.bin, 'wassette') } }),
    );
  });
});

describe('a file', () => {
  it('that is broken or has our entry twice is refused, and stays', async () => {
    const here = makeClientHome();
    for (const text of ['{"mcpServers": {', '{"mcpServers": {"wassette": {}, "wassette": {}}}', '\xff']) {
      const file = here.write('.cursor/mcp.json', '');
      writeFileSync(file, text, 'latin1');
      expect(await failure(install(here, ['cursor']))).toEqual(failing('FORMAT_INVALID_CONFIG'));
      expect(here.read('.cursor/mcp.json')).toBe(Buffer.from(text, 'latin1').toString('utf8'));
    }
  });

  it('that nobody may write is refused', async () => {
    const here = makeClientHome();
    const file = here.write(...FILES.codex);
    chmodSync(file, 0o444);
    expect(await failure(install(here, ['codex']))).toEqual(failing('STORE_DENIED'));
    expect(here.read('.codex/config.toml')).toBe(FILES.codex[1]);
  });

  it('that is a link is written where the link leads', async () => {
    const here = makeClientHome();
    const target = here.write('dotfiles/codex.toml', '# shared\n');
    mkdirSync(path.join(here.home, '.codex'));
    symlinkSync('../dotfiles/codex.toml', path.join(here.home, '.codex/config.toml'));
    const [planned] = await install(here, ['codex']);
    expect(planned!.wish.file).toBe(target);
    expect(here.read('dotfiles/codex.toml')).toMatch(/^# shared\n\n\[mcp_servers\.wassette\]/);
    expect(existsSync(path.join(here.home, '.codex/config.toml'))).toBe(true);
    expect(readdirSync(path.join(here.home, '.codex'))).toEqual(['config.toml']);
  });

  it('that is a directory is refused', async () => {
    const here = makeClientHome();
    mkdirSync(path.join(here.home, '.codex/config.toml'), { recursive: true });
    expect(await failure(install(here, ['codex']))).toEqual(failing('STORE_UNSAFE_FILE'));
  });

  it('keeps its mode and owner', async () => {
    const here = makeClientHome();
    const file = here.write(...FILES.codex);
    chmodSync(file, 0o664);
    const before = statSync(file);
    await install(here, ['codex']);
    expect(statSync(file)).toMatchObject({ mode: before.mode, uid: before.uid, gid: before.gid });
    if (!isRoot) return;
    const { chownSync } = await import('node:fs');
    chownSync(file, 4242, 4243);
    await install(here, ['codex'], { uninstall: true });
    expect(statSync(file)).toMatchObject({ mode: before.mode, uid: 4242, gid: 4243 });
  });

  it('that somebody changes after it was shown keeps that change', async () => {
    const here = makeClientHome();
    here.write(...FILES.codex);
    const [planned] = await planFor(['codex'], {}, here.machine);
    here.write('.codex/config.toml', `${FILES.codex[1]}new = true\n`);
    await writeChange(planned!.wish, planned!.change, path.join(here.home, 'lock'));
    expect(here.read('.codex/config.toml')).toContain('new = true');
    expect(here.read('.codex/config.toml')).toContain('[mcp_servers.wassette]');
  });

  it('in which somebody changes our entry after it was shown is not written', async () => {
    const here = makeClientHome();
    here.write(...FILES.codex);
    const [planned] = await planFor(['codex'], {}, here.machine);
    const other = `${FILES.codex[1]}[mcp_servers.wassette]\ncommand = "wassette"\nargs = ["run"]\n`;
    here.write('.codex/config.toml', other);
    const refused = await failure(writeChange(planned!.wish, planned!.change, path.join(here.home, 'lock')));
    expect(refused).toEqual(failing('CONFLICT_STALE_PLAN'));
    expect(here.read('.codex/config.toml')).toBe(other);
  });
});
