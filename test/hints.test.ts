// Every hint names what exists where it is read: options and commands for a person, tools and arguments for an agent, and
// below the edge nothing of either.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Remedy } from '../src/errors.ts';
import { describeTool, toolsFor } from '../tools/mcp/index.ts';
import { adviceFor, hintFor, type Reader } from '../tools/remedies.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PROGRAM = `${ROOT}dist/cli.js`;
const REMEDIES: { [K in Remedy['do']]: Extract<Remedy, { do: K }> } = {
  recover: { do: 'recover', stateDir: "/other state's" },
  abandon: { do: 'abandon' },
  'recover-or-abandon': { do: 'recover-or-abandon' },
  undo: { do: 'undo' },
  'plan-again': { do: 'plan-again' },
  approve: { do: 'approve', digest: `sha256:${'0'.repeat(64)}` },
  'approve-in-terminal': { do: 'approve-in-terminal', digest: `sha256:${'0'.repeat(64)}` },
  'take-grant': { do: 'take-grant', grant: "a b=fs://it's/.." },
  'leave-out': { do: 'leave-out', others: ['a', 'b c'] },
  'import-in-terminal': { do: 'import-in-terminal' },
  'override-running': { do: 'override-running' },
  'carry-code': { do: 'carry-code' },
  'fetch-code': { do: 'fetch-code' },
  'name-directories': { do: 'name-directories' },
  'find-components': { do: 'find-components' },
  'allow-remote': { do: 'allow-remote' },
  'allow-dir': { do: 'allow-dir' },
  'allow-finding': { do: 'allow-finding', ids: ['0123456789ab'] },
  'accept-signer': { do: 'accept-signer' },
  'approve-in-writing': { do: 'approve-in-writing' },
};
const HOST = { componentDir: "/srv/team's components", wassetteUrl: 'http://127.0.0.1:9001/mcp' };
const IMPORTING: Reader = { kind: 'person', host: HOST, args: ['import', 'x.json', '--approve', 'sha256:0'] };
const EXPORTING: Reader = { kind: 'person', host: HOST, args: ['export', '-o', 'x.json'] };
const AGENT: Reader = { kind: 'agent', host: HOST, tool: 'import_state', snapshot: 'x.json' };

/** The options that each command takes, by its name, as its help says. */
const OPTIONS = new Map(
  [
    'export',
    'import',
    'review',
    'list',
    'inspect',
    'sign',
    'verify',
    'trust list',
    'trust add',
    'trust remove',
    'diff',
    'merge',
    'log',
    'git install',
    'undo',
    'approve',
    'recover',
    'serve',
    'install',
    'store list',
  ].map((command) => {
    const { stdout } = spawnSync(process.execPath, [PROGRAM, ...command.split(' '), '--help'], {
      encoding: 'utf8',
    });
    return [command, new Set(stdout.match(/--[a-z][a-z-]+/g))];
  }),
);
const OFFERED = toolsFor({
  locations: {},
  allowDirs: [],
  allowRemote: [],
  readOnly: false,
  neverWiden: false,
}).map(describeTool);
const TOOLS = OFFERED.map(({ name }) => name);
const ARGUMENTS = new Set(
  OFFERED.flatMap(({ inputSchema }) => Object.keys(inputSchema.properties as object)),
);
/** What only an import is refused for. */
const OF_AN_IMPORT = new Set<Remedy['do']>([
  'plan-again',
  'take-grant',
  'approve',
  'import-in-terminal',
  'override-running',
]);

/** String literals of a file, without its comments. */
function literalsIn(file: string): string[] {
  const code = readFileSync(ROOT + file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');
  return [...code.matchAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g)].map(
    ([text]) => text,
  );
}

function filesOf(folder: string): string[] {
  const names = readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
}

/** Of Wassette itself, which a reader of either kind may have to be told. */
const WASSETTES_OWN = [
  '--trust-bundled-policy',
  '--disable-builtin-tools',
  '--allowed-host',
  '--streamable-http',
  '--manifest',
];

describe('below the edge no text', () => {
  const all = filesOf('src').flatMap((file) => literalsIn(file).map((text) => ({ file, text })));

  it('names a command, an option or a tool of ours: who reads it is not known there', () => {
    const names =
      /(wassette-state |`)(export|import|list|inspect|undo|recover|serve|store)\b|(export|import)_state|list_snapshot/;
    const options = /(?<![\w-])-(-[a-z][a-z-]+|[a-zA-Z](?= [A-Z]))/g;
    const found = all.filter(({ text }) => {
      const flags = (text.match(options) ?? []).filter((flag) => !WASSETTES_OWN.includes(flag));
      // What is passed to Wassette is an option and nothing else.
      return names.test(text.slice(1, -1)) || (flags.length > 0 && !/^['"`]--[a-z-]+['"`]$/.test(text));
    });
    expect(found).toEqual([]);
    expect(all.length).toBeGreaterThan(1_000);
  });

  it('promises what nobody can do: raise a limit, or use "a component filter" without its name', () => {
    expect(all.filter(({ text }) => /raise|component filter/.test(text))).toEqual([]);
  });
});

describe('at the edge', () => {
  it('options that a text of the command line names are those of some command', () => {
    const known = new Set([...OPTIONS.values()].flatMap((options) => [...options]));
    const texts = [
      ...filesOf('tools/cli/commands'),
      'tools/wrap/child/command.ts',
      'tools/remedies.ts',
    ].flatMap(literalsIn);
    const named = texts.flatMap((text) => text.match(/(?<![\w-])--[a-z][a-z-]+/g) ?? []);
    expect(named.filter((flag) => !known.has(flag) && !WASSETTES_OWN.includes(flag))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});

describe.each(Object.values(REMEDIES))('the remedy $do', (remedy) => {
  it.each([
    ['an import', IMPORTING],
    ['an export', EXPORTING],
  ])('tells a person at %s commands and options that exist, and no tool', (_what, reader) => {
    if (reader === EXPORTING && OF_AN_IMPORT.has(remedy.do)) return;
    for (const { says, command } of adviceFor({ hint: undefined, remedy }, reader)) {
      expect(says).not.toMatch(/_state\b|component_ids|include_binaries|`accept`|`approve`/);
      for (const flag of says.match(/--[a-z][a-z-]+/g) ?? [])
        expect(
          [...OPTIONS.values()].some((options) => options.has(flag)),
          flag,
        ).toBe(true);
      if (command !== undefined) expectCommand(command);
    }
  });

  it('tells an agent tools and arguments that exist, and commands only for its user', () => {
    for (const { says, command } of adviceFor({ hint: undefined, remedy }, AGENT)) {
      expect(says).not.toMatch(/wassette-state /);
      for (const flag of says.match(/--[a-z][a-z-]+/g) ?? []) {
        expect(says).toContain('operator');
        expect([...OPTIONS.get('serve')!]).toContain(flag);
      }
      for (const tool of says.match(/\b[a-z]+(_[a-z]+)*_(state|components)\b/g) ?? [])
        expect(TOOLS).toContain(tool);
      for (const [, name] of says.matchAll(/"(\w+)":|`(\w+)`|\b(component_ids)\b/g))
        if (name !== undefined) expect([...ARGUMENTS]).toContain(name);
      if (command === undefined) continue;
      expect(hintFor({ hint: undefined, remedy }, AGENT)).toMatch(/\buser\b/);
      expectCommand(command);
    }
  });
});

/** A shell reads it as one command of this program, with options that the command has and the host it is about. */
function expectCommand(line: string): void {
  const { stdout } = spawnSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  const [program, command, ...words] = stdout.split('\0').slice(0, -1);
  expect(program).toBe('wassette-state');
  const options = OPTIONS.get(command!);
  expect(options, command).toBeDefined();
  const end = words.indexOf('--');
  const ours = end < 0 ? words : words.slice(0, end);
  for (const word of ours.filter((word) => word.startsWith('--'))) expect([...options!]).toContain(word);
  if (['recover', 'undo'].includes(command!)) {
    expect(words[words.indexOf('--component-dir') + 1]).toBe(HOST.componentDir);
    expect(words.includes(HOST.wassetteUrl)).toBe(command === 'undo');
  }
  if (command === 'serve')
    expect(words.slice(end)).toEqual(['--', 'wassette', 'run', '--component-dir', HOST.componentDir]);
}

it.each([
  ['x.json', path.resolve('x.json')],
  ['tools.json.zst', path.resolve('tools.json.zst')],
  ['file:///srv/x.yaml', '/srv/x.yaml'],
  ['tools', 'tools'],
  ['oci://host.example/r:1', 'oci://host.example/r:1'],
  ['s3://bucket/prefix:tools', 's3://bucket/prefix:tools'],
  ['https://host.example/x.json', 'https://host.example/x.json'],
])('%s, as an agent named it, is named so that another shell finds it: %s', (snapshot, named) => {
  const remedy = REMEDIES['import-in-terminal'];
  const [advice] = adviceFor({ hint: undefined, remedy }, { ...AGENT, snapshot });
  expect(advice!.command).toContain(` import ${named} `);
});
