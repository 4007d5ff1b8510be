// Whatever is given as an argument, neither a terminal nor a model gets a character that it cannot see.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { showInvisible } from '../../src/errors.ts';
import { runProgram } from '../../tools/cli/program.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import { connect } from '../fixtures/servers/mcp.ts';

/** Colours, clears, rings, turns round, hides; ends as references do. */
const HOSTILE = '\u001b[31mred\u009b2J\u0007\r\u202edesrever\u2066\u200b\u{e0041}\n.json';

let printed: string;
const cwd = process.cwd();
beforeEach(() => {
  // What is made under a hostile name is made there.
  const folder = mkdtempSync(path.join(tmpdir(), 'hostile-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  process.chdir(folder);
  printed = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((chunk, ...rest) => {
      printed += String(chunk);
      rest.find((each) => typeof each === 'function')?.();
      return true;
    });
});
afterEach(() => {
  process.chdir(cwd);
  vi.restoreAllMocks();
});

/** What a run prints. */
async function run(args: readonly string[]): Promise<string> {
  printed = '';
  await runProgram(args);
  return printed;
}

function expectVisible(text: string): void {
  for (const line of text.split('\n')) expect(line).toBe(showInvisible(line));
}

/** Commands as the program's help lists them, with those below `store`. */
async function commandsOf(words: readonly string[] = []): Promise<string[][]> {
  const listed = (await run([...words, '--help'])).split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help');
  const below = await Promise.all(
    names.map((name) => (name === 'store' ? commandsOf([name]) : [[...words, name]])),
  );
  return below.flat();
}

describe('the command line', () => {
  let host: TestHost;
  beforeEach(() => {
    host = makeHost();
    host.install('tool', { policy: policyText({}) });
  });

  test('shows no argument of any command raw', async () => {
    const commands = await commandsOf();
    expect(commands).toContainEqual(['store', 'remove']);
    expect(commands.length).toBeGreaterThan(8);
    let tried = 0;
    for (const words of commands) {
      const help = await run([...words, '--help']);
      const options = [...help.matchAll(/--([a-z-]+) <[^>]+>/g)].map(([, name]) => name!);
      const place = /Usage: [^\n]*<snapshot>/.test(help) ? ['nothing'] : [];
      const given = [
        [HOSTILE],
        [`${HOSTILE}`, HOSTILE],
        [...place, `--${HOSTILE}`],
        [...place, `-${HOSTILE}`],
        ...options.flatMap((name) => [
          [...place, `--${name}`, HOSTILE],
          [...place, `--${name}=${HOSTILE}`],
          [...place, `--${name}`, `key=${HOSTILE}`],
        ]),
      ];
      // A server must not start here: this is refused first.
      const end = words[0] === 'serve' ? ['--allow-dir', HOSTILE] : host.flagsFor(...words);
      for (const args of given)
        for (const json of words[0] === 'serve' ? [[]] : [[], ['--json']]) {
          expectVisible(await run([...words, ...end, ...json, ...args]));
          tried += 1;
        }
    }
    expect(tried).toBeGreaterThan(200);
    expectVisible(await run([HOSTILE]));
    expectVisible(await run(['store', HOSTILE]));
  }, 120_000);

  test('shows no name of a directory or file raw', async () => {
    const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'hostile-')));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const folder = path.join(root, HOSTILE.slice(0, -'.json'.length));
    mkdirSync(folder);
    const file = path.join(folder, `${HOSTILE}`);
    const saved = await run(['export', '-o', file, ...host.flags]);
    expect(saved).toMatch(/Exported [\s\S]*\\u\{202e\}/);
    expectVisible(saved);
    for (const args of [
      ['list', file],
      ['inspect', file],
      ['import', file, '--dry-run'],
    ])
      expectVisible(await run([...args, ...host.flagsFor(...args)]));
    expectVisible(await run(['export', '-o', file.replace('.json', '.yaml'), ...host.flags]));
    writeFileSync(file, 'no snapshot');
    for (const args of [
      ['list', file],
      ['export', '-o', file],
    ])
      expectVisible(await run([...args, ...host.flagsFor(...args)]));
    for (const flag of ['--component-dir', '--secrets-dir', '--state-dir'])
      for (const command of [['list'], ['export'], ['store', 'list'], ['recover'], ['undo']])
        expectVisible(await run([...command, ...host.flags, flag, folder]));
  });
});

/** Every string in a result, keys included. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsIn(item)]);
}

describe('the tools', () => {
  test('show no argument raw', async () => {
    const host = makeHost();
    host.install('tool', { policy: policyText({}) });
    const root = path.dirname(host.locations.componentDir);
    const hidden = path.join(root, HOSTILE.slice(0, -'.json'.length));
    mkdirSync(hidden);
    const agent = await connect(host, { allowDirs: [root] });
    const { tools } = await agent.client.listTools();
    const values = [
      HOSTILE,
      [HOSTILE],
      { [HOSTILE]: HOSTILE },
      `file:///${HOSTILE}`,
      `sha256:${HOSTILE}`,
      path.join(hidden, 'x.json'),
      path.join(hidden, 'x.yaml'),
      path.join(root, HOSTILE),
    ];
    let tried = 0;
    for (const { name, inputSchema } of tools) {
      const names = [...Object.keys(inputSchema.properties ?? {}), HOSTILE];
      for (const argument of names)
        for (const value of values) {
          const needed = name === 'import_state' ? { snapshot: 'nothing' } : {};
          const result = await agent.client.callTool({ name, arguments: { ...needed, [argument]: value } });
          const [{ text }] = result.content as [{ text: string }];
          const sent = result.isError ? stringsIn(JSON.parse(text)) : stringsIn(result.structuredContent);
          for (const string of [...sent, text]) expectVisible(string);
          tried += 1;
        }
    }
    expect(tried).toBeGreaterThan(80);
  });
});
