// Where clients keep their configuration, and how an entry looks in it.
import path from 'node:path';
import { MCPConfigRegistry, validateGeneratedConfig } from '@gleanwork/mcp-config-schema';
import { describe, expect, it } from 'vitest';
import { CLIENT_IDS } from '../../../tools/install/client-ids.ts';
import { CLIENTS, type Machine, newFileOf } from '../../../tools/install/clients.ts';
import { entryFor, launchIn } from '../../../tools/install/entry.ts';

const LAUNCH = { command: '/opt/node', args: ['/opt/cli.js', 'serve'], env: { WASSETTE_SECRETS_DIR: '/s' } };

function on(platform: NodeJS.Platform, env: Machine['env'] = {}): Record<string, readonly string[]> {
  const machine = { platform, home: '/home/me', env };
  return Object.fromEntries(
    CLIENTS.map((client) => {
      const made = newFileOf(client, machine);
      return [client.id, [made, ...client.files(machine).filter((file) => file !== made)]];
    }),
  );
}

function clientOf(id: string) {
  return CLIENTS.find((client) => client.id === id)!;
}

/** The ids of the schema package for the same clients; it does not know the others. */
const IN_SCHEMA: Record<string, string> = {
  'claude-code': 'claude-code',
  vscode: 'vscode',
  cursor: 'cursor',
  codex: 'codex',
  'gemini-cli': 'gemini',
  opencode: 'opencode',
  'claude-desktop': 'claude-desktop',
  windsurf: 'windsurf',
};

describe('the table of clients', () => {
  it('has a row for each name that can be typed', () => {
    expect(CLIENTS.map(({ id }) => id)).toEqual(CLIENT_IDS);
  });

  for (const [id, known] of Object.entries(IN_SCHEMA))
    it(`says of ${id} what the schema package says`, () => {
      const config = new MCPConfigRegistry().getConfig(known as 'cursor')!;
      const client = clientOf(id);
      for (const platform of ['linux', 'darwin'] as const)
        expect(on(platform)[id]![0]).toBe(config.configPath[platform]!.replace('$HOME', '/home/me'));
      expect(client.format === 'toml').toBe(config.configFormat === 'toml');
      // Its command is always a package; the shape is what counts.
      const registry = new MCPConfigRegistry({ serverPackage: 'some-package' });
      const options = { transport: 'stdio', serverName: 'wassette', env: { A: 'b' } } as const;
      const built = registry.createBuilder(known as 'cursor').buildConfiguration(options);
      const launch = { command: 'npx', args: ['-y', 'some-package'], env: { A: 'b' } };
      const { enabled: _always, ...entry } = entryFor(launch, client.shape) as Record<string, unknown>;
      expect(built).toEqual({ [client.keys[0]!]: { wassette: entry } });
    });

  for (const id of CLIENT_IDS)
    it(`has a shape for ${id} in which the command can be found again`, () => {
      const { shape } = clientOf(id);
      expect(launchIn(entryFor(LAUNCH, shape), shape)).toEqual(LAUNCH);
    });

  it('writes what the schema package takes for valid', () => {
    for (const id of ['vscode', 'cursor', 'gemini-cli', 'opencode', 'claude-desktop', 'windsurf']) {
      const { keys, shape } = clientOf(id);
      const config = { [keys[0]!]: { wassette: entryFor(LAUNCH, shape) } };
      const result = validateGeneratedConfig(config, IN_SCHEMA[id] as 'cursor');
      expect(result, id).toMatchObject({ success: true });
    }
  });

  it('goes by the variables with which a person moves a configuration', () => {
    const moved = on('linux', {
      CLAUDE_CONFIG_DIR: '/c',
      CODEX_HOME: '/x',
      GEMINI_CLI_HOME: '/g',
      COPILOT_HOME: '/p',
      XDG_CONFIG_HOME: '/cfg',
    });
    expect(moved).toMatchObject({
      'claude-code': ['/c/.claude.json', '/c/.config.json'],
      codex: ['/x/config.toml'],
      'gemini-cli': ['/g/.gemini/settings.json'],
      'copilot-cli': ['/p/mcp-config.json'],
      opencode: ['opencode.json', 'opencode.jsonc', 'config.json'].map((name) => `/cfg/opencode/${name}`),
      vscode: ['/cfg/Code/User/mcp.json'],
      zed: ['/cfg/zed/settings.json'],
    });
  });

  it('knows where Windows keeps the settings of applications', () => {
    const there = on('win32', { APPDATA: path.join('/home/me', 'Roaming') });
    expect(there.vscode).toEqual(['/home/me/Roaming/Code/User/mcp.json']);
    expect(there.zed).toEqual(['/home/me/Roaming/Zed/settings.json']);
  });
});

describe('an entry', () => {
  it('keeps what a person has added to it', () => {
    const { shape } = clientOf('copilot-cli');
    const old = {
      type: 'local',
      tools: ['import_state'],
      command: 'x',
      args: ['y'],
      env: { A: 'b' },
      timeout: 9,
    };
    expect(entryFor({ ...LAUNCH, env: {} }, shape, old)).toEqual({
      type: 'local',
      tools: ['import_state'],
      timeout: 9,
      command: '/opt/node',
      args: ['/opt/cli.js', 'serve'],
    });
  });

  it('that starts no program has no command', () => {
    const { shape } = clientOf('cursor');
    for (const entry of [null, 'x', [], {}, { url: 'https://example.com' }, { command: 7 }])
      expect(launchIn(entry, shape)).toBeNull();
    expect(launchIn({ command: [] }, clientOf('opencode').shape)).toBeNull();
  });

  it('may have a whole command for a program, as a button of Wassette writes it', () => {
    const { shape } = clientOf('cursor');
    const launch = { command: 'wassette', args: ['run'], env: {} };
    expect(launchIn({ command: 'wassette run' }, shape)).toEqual(launch);
    for (const command of ['/opt/my programs/wassette', 'other run'])
      expect(launchIn({ command }, shape)).toMatchObject({ command, args: [] });
    expect(launchIn({ command: 'wassette run', args: [] }, shape)).toMatchObject({ command: 'wassette run' });
  });

  it('may have numbers among its variables', () => {
    const { shape } = clientOf('cursor');
    const entry = { command: 'x', env: { PORT: 8080, DEBUG: true, NONE: null } };
    expect(launchIn(entry, shape)!.env).toEqual({ PORT: '8080', DEBUG: 'true' });
  });
});
