// Which files are changed where a client has several, and what happens to the others where one of them is broken.
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { planInstallation } from '../../../tools/install/installation.ts';
import { actions, failure, install, makeClientHome, planFor } from '../../fixtures/client-home.ts';
import { failing } from '../../fixtures/failing.ts';

describe('opencode, which joins its files,', () => {
  const file = (name: string) => `.config/opencode/${name}`;
  const config = (...command: string[]) =>
    JSON.stringify({ mcp: { wassette: { type: 'local', enabled: true, command } } });
  const OURS = config('/opt/node', '/opt/cli.js', 'serve', '/opt/wassette', 'run');

  it('is changed in the one whose entry counts, and the others are named', async () => {
    const here = makeClientHome();
    const plain = config('wassette', 'run');
    for (const name of ['config.json', 'opencode.json']) here.write(file(name), OURS);
    here.write(file('opencode.jsonc'), plain);
    const [planned] = await install(here, ['opencode']);
    expect(planned!.wish.file).toBe(path.join(here.home, file('opencode.jsonc')));
    expect(planned!.notes.filter((note) => /too, which opencode joins/.test(note))).toHaveLength(2);
    expect(here.read(file('opencode.json'))).toBe(OURS);
    here.write(file('opencode.jsonc'), '{"mcp": {}}');
    expect((await planFor(['opencode'], {}, here.machine))[0]!.wish.file).toMatch(/opencode\.json$/);
  });

  it('is left in each that starts us', async () => {
    const here = makeClientHome();
    for (const name of ['config.json', 'opencode.json', 'opencode.jsonc']) here.write(file(name), OURS);
    here.write(file('opencode.json'), config('wassette', 'run'));
    expect(actions(await install(here, [], { uninstall: true }))).toEqual(['remove', 'remove']);
    for (const name of ['config.json', 'opencode.jsonc'])
      expect(here.read(file(name))).not.toContain('serve');
    expect(here.read(file('opencode.json'))).toContain('wassette');
  });
});

it('of Claude Code the file from long ago is changed where it is there, since that is what it reads', async () => {
  const here = makeClientHome();
  here.write('.claude.json', '{}');
  const [now] = await planFor(['claude-code'], {}, here.machine);
  expect(now!.wish.file).toBe(path.join(here.home, '.claude.json'));
  const old = here.write('.claude/.config.json', '{}');
  const [planned] = await planFor(['claude-code'], {}, here.machine);
  expect(planned!.wish.file).toBe(old);
});

describe('a broken file of one client', () => {
  const broken = () => {
    const here = makeClientHome();
    here.write('.config/zed/settings.json', '{"context_servers": {');
    mkdirSync(path.join(here.home, '.cursor'));
    return here;
  };

  it('does not keep the others from being set up, or left', async () => {
    const here = broken();
    for (const [flags, action] of [
      [{}, 'add'],
      [{ uninstall: true }, 'remove'],
    ] as const) {
      const { planned, leftOut } = await planInstallation([], flags, here.machine);
      expect(planned.map(({ wish, change }) => [wish.client.id, change.action])).toEqual([
        ['cursor', action],
      ]);
      expect(leftOut).toMatchObject([{ client: { id: 'zed' }, error: { code: 'FORMAT_INVALID_CONFIG' } }]);
      await install(here, [], flags);
    }
  });

  it('is an error where it is the only one, or is named', async () => {
    const here = broken();
    for (const names of [['zed'], ['cursor', 'zed']])
      expect(await failure(planInstallation(names, {}, here.machine))).toEqual(
        failing('FORMAT_INVALID_CONFIG'),
      );
    here.write('.cursor/mcp.json', '[');
    expect(await failure(planInstallation([], {}, here.machine))).toEqual(failing('FORMAT_INVALID_CONFIG'));
  });

  it('may also be one that nobody may write, or an entry that is not ours', async () => {
    const here = broken();
    chmodSync(here.write('.codex/config.toml', ''), 0o444);
    here.write('.gemini/settings.json', '{"mcpServers": {"wassette": {"command": "other"}}}');
    const { planned, leftOut } = await planInstallation([], {}, here.machine);
    expect(planned.map(({ wish }) => wish.client.id)).toEqual(['cursor']);
    expect(leftOut.map(({ error }) => error.code).sort()).toEqual([
      'CONFLICT_OTHER_ENTRY',
      'FORMAT_INVALID_CONFIG',
      'STORE_DENIED',
    ]);
  });
});

it('a file that nobody may write is refused before anybody is asked', async () => {
  const here = makeClientHome();
  chmodSync(here.write('.codex/config.toml', ''), 0o444);
  expect(await failure(planInstallation(['codex', 'cursor'], {}, here.machine))).toEqual(
    failing('STORE_DENIED'),
  );
});

it('an entry with another name that starts us is named, when ours comes and when it goes', async () => {
  const here = makeClientHome();
  const entry = { command: 'npx', args: ['-y', 'wassette-state', 'serve', 'wassette', 'run'] };
  here.write('.cursor/mcp.json', JSON.stringify({ mcpServers: { 'wassette-state': entry } }));
  const notes = async (flags: object) => (await planFor(['cursor'], flags, here.machine))[0]!.notes;
  expect(await notes({})).toContainEqual(expect.stringMatching(/^"wassette-state" in .* starts us, too/));
  expect(await notes({ uninstall: true })).toEqual([
    expect.stringMatching(/^"wassette-state" in .* still starts us/),
  ]);
  const { planned } = await planInstallation([], { uninstall: true }, here.machine);
  expect(planned.map(({ wish }) => wish.client.id)).toEqual(['cursor']);
});
