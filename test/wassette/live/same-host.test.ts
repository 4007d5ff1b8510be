import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ToolAnswer, ToolCaller } from '../../../src/wassette/live/live-wassette.ts';
import { assertSameHost } from '../../../src/wassette/live/same-host.ts';
import { makeHost } from '../../fixtures/host.ts';

type Tool = (
  args: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
) => ToolAnswer | Promise<ToolAnswer>;

const said = (value: unknown): ToolAnswer => ({ isError: false, text: JSON.stringify(value) });
const failed = (text: string): ToolAnswer => ({ isError: true, text });

/** Wassette's three tools over `dir`, which it calls `name`; some may be replaced. */
function wassetteOn(dir: string, { name = dir, ...tools }: { name?: string } & Record<string, unknown> = {}) {
  const calls: string[] = [];
  const own: Record<string, Tool> = {
    'list-components': () => {
      const files = readdirSync(dir).flatMap(
        (file) => /^(.+)\.(?:wasm|metadata\.json)$/.exec(file)?.[1] ?? [],
      );
      const components = [...new Set(files)].map((id) => ({ id, tools_count: 0, schema: null }));
      return said({ components, total: components.length });
    },
    'get-policy': ({ component_id: id }) => {
      if (!existsSync(path.join(dir, `${id}.wasm`))) return failed(`Error: Component not found: ${id}`);
      writeFileSync(path.join(dir, `${id}.cwasm`), 'native code');
      return said({
        status: 'policy found',
        policy_info: { local_path: path.join(name, `${id}.policy.yaml`) },
      });
    },
    'unload-component': ({ id }) => {
      for (const file of readdirSync(dir)) if (file.startsWith(`${id}.`)) rmSync(path.join(dir, file));
      return said({ status: 'component unloaded successfully', id });
    },
    ...(tools as Record<string, Tool>),
  };
  const live: ToolCaller = {
    callTool: async (tool, args, signal) => {
      signal?.throwIfAborted();
      calls.push(tool);
      return own[tool]!(args, signal);
    },
  };
  return { live, calls };
}

/** `said` is what the server said, which the message does not hold. */
function refusal(code: string, message: RegExp, details: object = {}, said?: string): unknown {
  return expect.objectContaining({
    name: 'StoreError',
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/./),
    details: expect.objectContaining(details),
    ...(said === undefined ? {} : { said }),
  });
}

describe('a running Wassette and a directory are one host', () => {
  it('when it sees a probe there and calls it by the same path', async () => {
    const host = makeHost();
    host.install('tool');
    const before = host.files();
    const { live, calls } = wassetteOn(host.locations.componentDir);
    await expect(assertSameHost(live, host.locations.componentDir)).resolves.toBeUndefined();
    expect(calls).toEqual(['list-components', 'list-components', 'get-policy', 'unload-component']);
    expect(host.files()).toEqual(before);
  });

  it('also when both are empty, and what a killed run left is cleared away', async () => {
    const host = makeHost();
    const left = `wassette-state-probe-${'0'.repeat(32)}`;
    const others = 'wassette-state-probe-of-mine';
    for (const suffix of ['.metadata.json', '.wasm', '.policy.yaml', '.cwasm']) {
      writeFileSync(path.join(host.locations.componentDir, left + suffix), '');
    }
    host.install(others);
    const { live } = wassetteOn(host.locations.componentDir);
    await assertSameHost(live, host.locations.componentDir);
    expect(Object.keys(host.files())).toEqual([`${others}.wasm`]);
  });
});

describe('a running Wassette and a directory are two hosts', () => {
  it.each([
    ['empty ones', [], [], /same names/, {}],
    ['ones that look alike', ['a'], ['a'], /same names/, {}],
    [
      'ones that differ',
      ['a', 'b'],
      ['b', 'c'],
      /only there: "c"; only here: "a"/,
      { only_there: ['"c"'], only_here: ['"a"'] },
    ],
  ])('when it works on another directory: %s', async (_, here, there, message, details) => {
    const ours = makeHost();
    const theirs = makeHost();
    for (const id of here) ours.install(id);
    for (const id of there) theirs.install(id);
    const [before, beforeThere] = [ours.files(), theirs.files()];
    const { live, calls } = wassetteOn(theirs.locations.componentDir);
    await expect(assertSameHost(live, ours.locations.componentDir)).rejects.toThrow(
      refusal('STORE_OTHER_HOST', message, details),
    );
    expect(calls).not.toContain('get-policy');
    expect([ours.files(), theirs.files()]).toEqual([before, beforeThere]);
  });

  it('and the error names only some of many differences', async () => {
    const ours = makeHost();
    for (let i = 0; i < 15; i += 1) ours.install(`tool${i}`);
    const { live } = wassetteOn(makeHost().locations.componentDir);
    await expect(assertSameHost(live, ours.locations.componentDir)).rejects.toThrow(/"tool4", and 5 more\)/);
  });

  it('when it calls the directory by another path', async () => {
    const host = makeHost();
    const { live } = wassetteOn(host.locations.componentDir, { name: '/in/a/container-of-tools-4711' });
    await expect(assertSameHost(live, host.locations.componentDir)).rejects.toThrow(
      refusal(
        'STORE_OTHER_HOST',
        /calls this directory by another path/,
        { component_dir: host.locations.componentDir },
        'it calls the directory /in/a/container-of-tools-4711',
      ),
    );
    expect(host.files()).toEqual({});
  });
});

describe('a server that cannot be asked is refused, and no probe stays', () => {
  const disabled = () => failed('Error: Built-in tools are disabled');
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['has its tools switched off', { 'list-components': disabled }, /started with --disable-builtin-tools/],
    [
      'fails to list',
      { 'list-components': () => failed('Error: \u001b[31mno') },
      /"list-components" .* fails$/,
    ],
    [
      'lists something else',
      { 'list-components': () => said({ components: ['a'] }) },
      /does not answer as Wassette does/,
    ],
    [
      'lists no JSON',
      { 'list-components': () => ({ isError: false, text: 'a, b' }) },
      /does not answer as Wassette does/,
    ],
    [
      'cannot say where a policy is',
      { 'get-policy': () => said({ status: 'no policy found' }) },
      /"get-policy" .* does not answer as Wassette does/,
    ],
    ['cannot load the probe', { 'get-policy': () => failed('Error: no memory') }, /"get-policy" .* fails$/],
    [
      'cannot unload the probe',
      { 'unload-component': () => failed('Error: read-only') },
      /"unload-component" .* fails$/,
    ],
  ])('when it %s', async (_, tools, message) => {
    const host = makeHost();
    const { live } = wassetteOn(host.locations.componentDir, tools);
    await expect(assertSameHost(live, host.locations.componentDir)).rejects.toThrow(
      refusal('STORE_UNREACHABLE', message),
    );
    expect(host.files()).toEqual({});
  });

  it('when it dies; the first failure is the one that is told', async () => {
    const host = makeHost();
    const fails = (message: string) => () => {
      throw new Error(message);
    };
    const { live } = wassetteOn(host.locations.componentDir, {
      'get-policy': fails('gone'),
      'unload-component': fails('still gone'),
    });
    await expect(assertSameHost(live, host.locations.componentDir)).rejects.toThrow(/^gone$/);
    expect(host.files()).toEqual({});
  });

  it('when the caller has had enough; the probe is still unloaded', async () => {
    const host = makeHost();
    const leaving = new AbortController();
    const reason = new Error('enough');
    const { live, calls } = wassetteOn(host.locations.componentDir, {
      'get-policy': (_: object, signal: AbortSignal) => {
        leaving.abort(reason);
        signal.throwIfAborted();
      },
    });
    await expect(assertSameHost(live, host.locations.componentDir, leaving.signal)).rejects.toBe(reason);
    expect(calls.at(-1)).toBe('unload-component');
    expect(host.files()).toEqual({});
  });

  it('when there is no directory, or we may not write in it', async () => {
    const host = makeHost();
    const { live } = wassetteOn(host.locations.componentDir);
    await expect(assertSameHost(live, `${host.locations.componentDir}/none`)).rejects.toThrow(
      refusal('STORE_NOT_FOUND', /it does not exist/),
    );
    const shut = path.join(host.locations.secretsDir, 'shut');
    mkdirSync(shut);
    chmodSync(shut, 0o500);
    if (process.geteuid?.() === 0) return; // may write everywhere
    await expect(assertSameHost(live, shut)).rejects.toThrow(refusal('STORE_DENIED', /put a probe into/));
  });
});
