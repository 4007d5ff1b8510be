// The clients, one row each: which file they read, how an entry looks in it, and what a person should know.
import path from 'node:path';
import type { ClientId } from './client-ids.ts';
import type { ConfigFormat } from './config/config-text.ts';
import type { EntryShape } from './entry.ts';

/** Where a user's files are on this machine. */
export interface Machine {
  platform: NodeJS.Platform;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

export interface Client {
  id: ClientId;
  name: string;
  /** Its configuration for all projects of a user: the file whose entry counts comes first. */
  files(machine: Machine): readonly string[];
  /** The one that is made where there is none, if that is not the first. */
  newFile?(machine: Machine): string;
  /** Whether it joins what all of its files say, and does not only read the first that is there. */
  joinsFiles?: true;
  /** A folder that shows that it has run here, where that is not the one of its file. */
  folder?(machine: Machine): string;
  format: ConfigFormat;
  /** The keys that lead to the servers. */
  keys: readonly string[];
  shape: EntryShape;
  /** Whether it makes the folder of its file itself when it needs it; otherwise it has never run here. */
  makesFolder: boolean;
  /** Whether servers start in the folder of the project, and not wherever the client was started from. */
  startsInProject: boolean;
  /** Where it runs our tools without asking its person, unless told to ask: how to have it ask. */
  runsUnasked?: string;
  /** What it knows of single projects, where that is in the file of its user. */
  ofProjects?: OfProjects;
}

/** Where a client keeps what counts in one project, and there wins over what counts for its user. */
export interface OfProjects {
  /** The key of the projects by their folders; in each, servers are below the same key as those of the user. */
  key: string;
  /** The file of a project that all share who work in it. */
  file: string;
  /** The key of a project's list of servers that are switched off. */
  off: string;
  /** What a person does to have one switched on again. */
  switchOn: string;
  /** The client's command that takes an entry out. */
  takenOutBy(name: string, scope: 'local' | 'project'): string;
}

/** The file that is made for a client which has none. */
export function newFileOf({ files, newFile }: Client, machine: Machine): string {
  return newFile?.(machine) ?? files(machine)[0]!;
}

const PLAIN: EntryShape = { fixed: {}, oneList: false, env: 'env' };
const STDIO: EntryShape = { ...PLAIN, fixed: { type: 'stdio' } };

export const CLIENTS: readonly Client[] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    files: (machine) => [path.join(claudeFolder(machine), '.config.json'), claudeFile(machine)], // the first is from long ago
    newFile: claudeFile,
    folder: claudeFolder,
    format: 'json',
    keys: ['mcpServers'],
    shape: STDIO,
    makesFolder: true,
    startsInProject: true,
    ofProjects: {
      key: 'projects',
      file: '.mcp.json',
      off: 'disabledMcpServers',
      switchOn: 'in a conversation there, /mcp has it started again',
      takenOutBy: (name, scope) => `claude mcp remove ${name} -s ${scope}`,
    },
  },
  {
    id: 'vscode',
    name: 'VS Code',
    files: (machine) => [path.join(applicationData(machine, 'Code'), 'User', 'mcp.json')],
    format: 'jsonc',
    keys: ['servers'],
    shape: STDIO,
    makesFolder: false,
    startsInProject: false,
  },
  {
    id: 'cursor',
    name: 'Cursor',
    files: ({ home }) => [path.join(home, '.cursor', 'mcp.json')],
    format: 'jsonc',
    keys: ['mcpServers'],
    shape: STDIO,
    makesFolder: true,
    startsInProject: false,
  },
  {
    id: 'copilot-cli',
    name: 'Copilot CLI',
    files: ({ home, env }) => [
      path.join(given(env.COPILOT_HOME) ?? path.join(home, '.copilot'), 'mcp-config.json'),
    ],
    format: 'jsonc',
    keys: ['mcpServers'],
    shape: { ...PLAIN, fixed: { type: 'local', tools: ['*'] } },
    makesFolder: true,
    startsInProject: true,
  },
  {
    id: 'codex',
    name: 'Codex',
    files: ({ home, env }) => [path.join(given(env.CODEX_HOME) ?? path.join(home, '.codex'), 'config.toml')],
    format: 'toml',
    keys: ['mcp_servers'],
    shape: PLAIN,
    makesFolder: true,
    startsInProject: true,
  },
  {
    id: 'gemini-cli',
    name: 'Gemini CLI',
    files: ({ home, env }) => [path.join(given(env.GEMINI_CLI_HOME) ?? home, '.gemini', 'settings.json')],
    format: 'json with comments',
    keys: ['mcpServers'],
    shape: PLAIN,
    makesFolder: true,
    startsInProject: true,
  },
  {
    id: 'opencode',
    name: 'opencode',
    files: (machine) =>
      ['opencode.jsonc', 'opencode.json', 'config.json'].map((name) =>
        path.join(opencodeFolder(machine), name),
      ),
    newFile: (machine) => path.join(opencodeFolder(machine), 'opencode.json'),
    joinsFiles: true,
    format: 'jsonc',
    keys: ['mcp'],
    shape: { fixed: { type: 'local', enabled: true }, oneList: true, env: 'environment' },
    makesFolder: true,
    startsInProject: true,
    runsUnasked: 'add "permission": { "wassette_*": "ask" } to its configuration',
  },
  {
    id: 'claude-desktop',
    name: 'Claude Desktop',
    files: (machine) => [path.join(applicationData(machine, 'Claude'), 'claude_desktop_config.json')],
    format: 'json',
    keys: ['mcpServers'],
    shape: STDIO,
    makesFolder: false,
    startsInProject: false,
  },
  {
    id: 'windsurf',
    name: 'Windsurf',
    files: ({ home }) => [path.join(home, '.codeium', 'windsurf', 'mcp_config.json')],
    format: 'json',
    keys: ['mcpServers'],
    shape: PLAIN,
    makesFolder: false,
    startsInProject: false,
  },
  {
    id: 'zed',
    name: 'Zed',
    files: (machine) => [path.join(zedFolder(machine), 'settings.json')],
    format: 'jsonc',
    keys: ['context_servers'],
    shape: PLAIN,
    makesFolder: false,
    startsInProject: false,
  },
];

function claudeFolder({ home, env }: Machine): string {
  return given(env.CLAUDE_CONFIG_DIR) ?? path.join(home, '.claude');
}

function claudeFile({ home, env }: Machine): string {
  return path.join(given(env.CLAUDE_CONFIG_DIR) ?? home, '.claude.json');
}

function opencodeFolder({ home, env }: Machine): string {
  return path.join(given(env.XDG_CONFIG_HOME) ?? path.join(home, '.config'), 'opencode');
}

/** Where desktop applications keep the settings of a user. */
function applicationData({ platform, home, env }: Machine, application: string): string {
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', application);
  if (platform === 'win32')
    return path.join(given(env.APPDATA) ?? path.join(home, 'AppData', 'Roaming'), application);
  return path.join(given(env.XDG_CONFIG_HOME) ?? path.join(home, '.config'), application);
}

function zedFolder({ platform, home, env }: Machine): string {
  if (platform === 'win32')
    return path.join(given(env.APPDATA) ?? path.join(home, 'AppData', 'Roaming'), 'Zed');
  if (platform === 'darwin') return path.join(home, '.config', 'zed');
  return path.join(given(env.XDG_CONFIG_HOME) ?? path.join(home, '.config'), 'zed');
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
