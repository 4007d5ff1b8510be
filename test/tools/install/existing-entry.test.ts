// An entry of our name that is there already when `install` comes: whose it is, and what stays of it.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { locationsAfterLogin } from '../../../src/wassette/locations.ts';
import { entryDiff } from '../../../tools/install/entry-diff.ts';

import {
  actions,
  type ClientHome,
  failure,
  install,
  makeClientHome,
  planFor,
} from '../../fixtures/client-home.ts';
import { failing } from '../../fixtures/failing.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';

describe('an entry of our name', () => {
  const entry = (value: object) => `{\n  "mcpServers": {\n    "wassette": ${JSON.stringify(value)}\n  }\n}\n`;
  const now = (here: ClientHome) => JSON.parse(here.read('.cursor/mcp.json')).mcpServers.wassette;

  it('that starts Wassette alone is wrapped, and keeps what it was told', async () => {
    const here = makeClientHome();
    const old = { command: 'wassette', args: ['run', '--env', 'A=b'], env: { KEY: 'k' }, disabled: true };
    here.write('.cursor/mcp.json', entry(old));
    const [plan] = await install(here, ['cursor']);
    expect(plan!.change.action).toBe('change');
    expect(now(here)).toMatchObject({ env: { KEY: 'k' }, disabled: true });
    expect(now(here).args.slice(-2)).toEqual(['--env', 'A=b']);
    expect(now(here).args).toContain('serve');
    expect(plan!.notes).toContainEqual(
      expect.stringMatching(/--uninstall .* put it back.*: wassette run --env A=b$/),
    );
    const [gone] = await planFor(['cursor'], { uninstall: true }, here.machine);
    expect(gone!.notes).toEqual([expect.stringMatching(/without us: \/.*\/wassette run .*--env A=b$/)]);
  });

  it('is the same after a second time, and what a person gives wins over what it had', async () => {
    const here = makeClientHome();
    const [theirs, mine] = [path.join(here.home, 'theirs'), path.join(here.home, 'mine')];
    const old = {
      command: 'wassette',
      args: ['run', '--component-dir', theirs, '--env', 'A=b'],
      env: { WASSETTE_SECRETS_DIR: theirs, KEY: 'k' },
    };
    for (const flags of [{}, { componentDir: mine, secretsDir: mine }]) {
      here.write('.cursor/mcp.json', entry(old));
      await install(here, ['cursor'], flags);
      const directory = flags.componentDir ?? theirs;
      expect(
        now(here)
          .args.slice(now(here).args.indexOf('run') + 1)
          .sort(),
      ).toEqual(['--component-dir', directory, '--env', 'A=b'].sort());
      expect(now(here).env).toEqual({ WASSETTE_SECRETS_DIR: directory, KEY: 'k' });
      const written = here.read('.cursor/mcp.json');
      expect(actions(await install(here, ['cursor'], flags))).toEqual(['none']);
      expect(here.read('.cursor/mcp.json')).toBe(written);
    }
  });

  it('says which directory it keeps, where another one was found', async () => {
    const here = makeClientHome();
    here.write(
      '.cursor/mcp.json',
      entry({ command: 'wassette', args: ['run', '--component-dir', '/theirs'] }),
    );
    const env = { ...here.machine.env, WASSETTE_COMPONENT_DIR: '/found' };
    const [planned] = await planFor(['cursor'], {}, { ...here.machine, env });
    expect(planned!.notes).toContainEqual(expect.stringContaining('the entry keeps --component-dir /theirs'));
  });

  it('names a directory that a person gives though it is the default one', async () => {
    const here = makeClientHome();
    const there = await locationsAfterLogin();
    const env = { ...here.machine.env, WASSETTE_COMPONENT_DIR: '/elsewhere' };
    const flags = { componentDir: there.componentDir, stateDir: there.stateDir };
    const [planned] = await planFor(['codex'], flags, { ...here.machine, env });
    expect(planned!.wish.launch!.args.join(' ')).toMatch(
      new RegExp(` --state-dir ${there.stateDir} .* run --component-dir ${there.componentDir}$`),
    );
  });

  it('that is no entry at all is replaced with --force only', async () => {
    const here = makeClientHome();
    for (const value of [null, 7, 'text', []]) {
      here.write('.cursor/mcp.json', `{"mcpServers": {"wassette": ${JSON.stringify(value)}}}`);
      expect(await failure(install(here, ['cursor']))).toEqual(failing('CONFLICT_OTHER_ENTRY'));
      const [planned] = await install(here, ['cursor'], { force: true });
      expect(planned!.change.action).toBe('change');
      expect(entryDiff(planned!.wish.client, planned!.change.before, planned!.change.after)).not.toEqual([]);
      expect(now(here).args).toContain('serve');
    }
  });

  it('that is ours is written whole, and each option that it loses is named first', async () => {
    const here = makeClientHome();
    mkdirSync(path.join(here.home, '.cursor'));
    const fences = { approval: 'operator', neverWiden: true, allowDir: [here.home] };
    expect((await install(here, ['cursor'], fences))[0]!.notes.join()).not.toContain('no longer');
    const byHand = here
      .read('.cursor/mcp.json')
      .replace('"serve",', `"serve", "--recipient", "${KEYS.mine.recipient}",`);
    here.write('.cursor/mcp.json', byHand);
    const [planned] = await planFor(['cursor'], { allowDir: [here.home] }, here.machine);
    expect(planned!.notes).toEqual([
      `no longer: --recipient ${KEYS.mine.recipient}; repeat it to keep it`,
      'no longer: --never-widen; repeat it to keep it',
      'no longer: --approval operator; repeat it to keep it',
    ]);
    expect(here.read('.cursor/mcp.json')).toBe(byHand);
    const again = { ...fences, recipient: [KEYS.mine.recipient] };
    expect((await install(here, ['cursor'], again))[0]!.notes.join()).not.toContain('no longer');
    const [gone] = await planFor(['cursor'], { uninstall: true }, here.machine);
    expect(gone!.notes.join()).not.toContain('no longer');
  });

  it('that starts something else stays, unless --force', async () => {
    const here = makeClientHome();
    const text = entry({ command: 'npx', args: ['something'], env: { KEY: 'k' } });
    here.write('.cursor/mcp.json', text);
    for (const [flags, way] of [
      [{}, 'replace it with --force'],
      [{ uninstall: true }, 'take it out with --force'],
    ] as const) {
      const hint = expect.stringContaining(way);
      expect(await failure(install(here, ['cursor'], flags))).toEqual(
        failing('CONFLICT_OTHER_ENTRY', { hint }),
      );
    }
    expect(here.read('.cursor/mcp.json')).toBe(text);
    await install(here, ['cursor'], { force: true });
    expect(now(here).args).toContain('serve');
    expect(now(here).env ?? {}).not.toHaveProperty('KEY');
  });

  it('is not taken out where it starts Wassette without us', async () => {
    const here = makeClientHome();
    here.write('.cursor/mcp.json', entry({ command: 'wassette', args: ['run'] }));
    const refused = await failure(install(here, ['cursor'], { uninstall: true }));
    expect(refused).toEqual(failing('CONFLICT_OTHER_ENTRY'));
  });

  it('has a note when another one starts Wassette beside it', async () => {
    const here = makeClientHome();
    here.write('.cursor/mcp.json', '{"mcpServers":{"tools":{"command":"wassette","args":["run"]}}}');
    const [planned] = await planFor(['cursor'], {}, here.machine);
    expect(planned!.notes).toContainEqual(
      expect.stringMatching(/"tools" in the same file starts a Wassette/),
    );
  });

  it('that has comments says that they go, when it is written', async () => {
    const here = makeClientHome();
    here.write(
      '.cursor/mcp.json',
      '{"mcpServers": {"wassette": {"command": "wassette", "args": ["run"] /* mine */}}}',
    );
    const notes = async () => (await install(here, ['cursor']))[0]!.notes.join();
    expect(await notes()).toContain('the comments inside the entry go');
    expect(await notes()).not.toContain('comments');
  });

  it('in which the client replaces a part is not tried, and that is said', async () => {
    const here = makeClientHome();
    const folder = `\${workspaceFolder}/components`;
    here.write('.cursor/mcp.json', entry({ command: 'wassette', args: ['run', '--component-dir', folder] }));
    const [planned] = await install(here, ['cursor']);
    expect(now(here).args).toContain(folder);
    expect(planned!.notes).toContainEqual(expect.stringMatching(/only Cursor knows .*not tried here/));
  });
});
