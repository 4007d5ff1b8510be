// Files that are secrets, named by mistake or on purpose, and programs that say too much: no word of theirs comes back.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LiveWassette } from '../../src/wassette/live/live-wassette.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { failing } from '../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../fixtures/host.ts';
import { approvalIn, type Connection, connect } from '../fixtures/servers/mcp.ts';

/** In every key and value that must not come back. */
const CANARY = /canary|424242/i;

let host: TestHost;
let allowed: string;
let log: string[];

beforeEach(() => {
  host = makeHost();
  allowed = path.join(path.dirname(host.locations.componentDir), 'files');
  mkdirSync(allowed);
  log = [];
  vi.spyOn(console, 'error').mockImplementation((...args) => void log.push(args.map(String).join(' ')));
});
afterEach(() => void vi.restoreAllMocks());

/** What a call comes to: its result or its error, as they are sent. */
async function outcome(agent: Connection, tool: string, args: Record<string, unknown>): Promise<string> {
  return agent.call(tool, args).then(
    ({ wire }) => wire,
    (error) => JSON.stringify(error),
  );
}

const components = '[{"component_id":"canary","canary-key":"canary-value"}]';
const JSON_SECRETS: [string, string][] = [
  ['of a cloud', '{"canary_key_id":"CANARY","nested":{"canary":"canary"}}'],
  ['with a version in words', '{"version":"canary-1.2.3","name":"canary"}'],
  ['with a version that is a tree', '{"version":{"canary":"canary"}}'],
  ['with a version that is a number', '{"version":424242,"canary":1}'],
  ['with version 1', '{"version":1,"canary":"canary"}'],
  ['with version 1, a key twice', '{"version":1,"canary":{"canary":1,"canary":2}}'],
  ['with version 1, not JSON', '{"version":1,"canary":{"canary-key":canary}}'],
  ['with version 1, broken off', '{"version":1,"canary":{"canary-key":["canary'],
  ['with version 1, a bad escape', '{"version":1,"canary":{"canary-key":"canary\\x"}}'],
  ['with version 1, a big number', '{"version":1,"canary":{"canary-key":99999999999999999999}}'],
  ['with version 1, a forbidden key', '{"version":1,"canary":{"__proto__":"canary"}}'],
  ['with version 1, nested deep', `{"version":1,"canary":${'{"canary":'.repeat(200)}1${'}'.repeat(200)}}`],
  ['with version last', '{"canary":{"canary":[1,2,]},"version":1}'],
  ['with components', `{"version":1,"components":${components}}`],
  [
    'with components and all',
    `{"version":1,"created_at":"canary","components":${components},"state_digest":"canary"}`,
  ],
  [
    'with tags',
    '{"version":1,"created_at":1,"components":[],"metadata":{"tags":{"canary":1}},"state_digest":"canary"}',
  ],
  ['in a list', '["canary"]'],
  ['as words', 'canary=canary\n'],
  ['of nothing', ''],
];

const YAML_SECRETS: [string, string][] = [
  ['of secrets', 'CANARY_KEY: canary\nother: "canary"\n'],
  ['with a version in words', 'version: "canary"\nservices: { canary: {} }\n'],
  ['with version 1 and no components', 'version: 1\ncanary: canary\n'],
  ['with components that are something else', 'version: 1\ncomponents: { canary: canary }\n'],
  ['with components without a uri', 'version: 1\ncomponents:\n  - canary: canary\n'],
  ['with a uri that is something else', 'version: 1\ncomponents:\n  - uri: canary\n    canary: canary\n'],
  ['that is not YAML', 'canary: [canary\n'],
  ['with an alias', 'canary: &canary canary\nb: *canary\n'],
  ['with a tab', 'canary:\n\tcanary: canary\n'],
  ['with a key twice', 'version: 1\ncanary: 1\ncanary: 2\n'],
  ['with two documents', 'version: 1\ncanary: canary\n---\ncanary: canary\n'],
  ['that is not UTF-8', 'canary: \xff'],
];

const SECRET_FILES = [
  ...JSON_SECRETS.map(([title, text]) => ['json', title, text] as const),
  ...YAML_SECRETS.map(([title, text]) => ['yaml', title, text] as const),
];

test.each(SECRET_FILES)(
  'a .%s file %s is never quoted, neither its keys nor its values',
  async (ending, _title, text) => {
    const agent = await connect(host, { allowDirs: [allowed] });
    host.install('tool', { policy: policyText({}) });
    const file = path.join(allowed, `x.${ending}`);
    const bytes = Buffer.from(text, 'latin1');
    writeFileSync(file, bytes);
    for (const [tool, args] of [
      ['import_state', { snapshot: file }],
      ['list_snapshot_components', { snapshot: file }],
      ['export_state', { destination: file }],
    ] as const)
      expect((await outcome(agent, tool, args)).replaceAll(file, '')).not.toMatch(CANARY);
    expect(readFileSync(file)).toEqual(bytes);
    expect(log.join('\n')).not.toMatch(CANARY);
  },
);

const REMOTE = 'https://canary:canary@host.example/tool.wasm?token=canary#canary';

/** A program that stands in for Wassette's loader: it says everything it knows, and that it was there. */
function talkativeLoader(): { program: string[]; wasRun: () => boolean } {
  const script = path.join(allowed, 'loader.sh');
  const sign = path.join(allowed, 'was-run');
  writeFileSync(
    script,
    `#!/bin/sh\necho run >> ${sign}\necho "INFO canary \u001b[31m" >&2\necho "Error: cannot get $3: canary-body" >&2\nexit 3\n`,
  );
  chmodSync(script, 0o755);
  return { program: [script], wasRun: () => existsSync(sign) };
}

/** A Wassette that answers every call of a tool with `answer`. */
function running(program: readonly string[] | null, answer: LiveWassette['callTool']): LiveWassette {
  const atOnce = <T>(work: () => Promise<T>) => work();
  const version = async () => null;
  return {
    pid: process.pid,
    program,
    version,
    withoutChanges: atOnce,
    alone: (_changed, work) => work(),
    callTool: answer,
  };
}

const talkative = async () => ({ isError: true, text: `Error: ${REMOTE} canary\u001b[2J` });

function manifest(uri: string, permissions: string): string {
  const file = path.join(allowed, 'deployment.yaml');
  writeFileSync(file, `version: 1\ncomponents:\n  - uri: ${uri}\n    permissions: ${permissions}\n`);
  return file;
}

const SOME = '{ environment: { allow: [{ key: A }] } }';

describe('what Wassette says', () => {
  test('when its loader fails, goes to the log without credentials, and our words to the agent', async () => {
    const { program, wasRun } = talkativeLoader();
    const agent = await connect(host, { allowDirs: [allowed], live: running(program, talkative) });
    const answer = await outcome(agent, 'import_state', { snapshot: manifest(REMOTE, SOME) });
    expect(wasRun()).toBe(true);
    expect(JSON.parse(answer)).toMatchObject({
      code: 'STORE_UNREACHABLE',
      message:
        'component "tool": Wassette cannot load it from https://host.example/tool.wasm: its loader ended with code 3',
    });
    expect(answer).not.toMatch(CANARY);
    expect(log.join('\n')).toContain('Error: cannot get https://host.example/tool.wasm?… canary-body');
    expect(log.join('\n')).not.toMatch(/token|canary:canary/);
  });

  test('when a trial load fails, is for the log', async () => {
    const source = makeHost({ stateDir: host.locations.stateDir });
    source.install('tool', { policy: policyText({}) });
    const from = await connect(source);
    const { structured } = await from.call('export_state', {});
    const { program } = talkativeLoader();
    const agent = await connect(host, { live: running(program, asWassette(host)) });
    const planned = await agent.call('import_state', { snapshot: structured.snapshot });
    const answer = await outcome(agent, 'import_state', approvalIn(planned));
    expect(JSON.parse(answer)).toMatchObject({
      code: 'VERIFY_NOT_LOADED',
      details: { component_id: 'tool' },
    });
    expect(answer).not.toMatch(CANARY);
    expect(log.join('\n')).toMatch(CANARY);
    expect(host.files()).toEqual({});
  });

  test('when it refuses a call, is for the log', async () => {
    const source = makeHost({ stateDir: host.locations.stateDir });
    source.install('tool', { policy: policyText({}) });
    const { structured } = await (await connect(source)).call('export_state', {});
    const agent = await connect(host, { live: running(null, talkative) });
    const planned = await agent.call('import_state', { snapshot: structured.snapshot });
    const answer = await outcome(agent, 'import_state', approvalIn(planned));
    expect(JSON.parse(answer)).toEqual(failing('STORE_UNREACHABLE'));
    expect(answer).not.toMatch(CANARY);
    expect(log.join('\n')).toContain('https://host.example/tool.wasm?…');
    expect(log.join('\n')).not.toContain('\u001b');
  });
});

/** Answers about the files of a host as its Wassette would. */
function asWassette({ locations: { componentDir } }: TestHost): LiveWassette['callTool'] {
  const ids = () =>
    readdirSync(componentDir).flatMap((name) => /^(.+)\.(?:wasm|metadata\.json)$/.exec(name)?.[1] ?? []);
  return async (name, args) => {
    if (name === 'unload-component')
      for (const file of readdirSync(componentDir))
        if (file.startsWith(`${args.id}.`)) rmSync(path.join(componentDir, file));
    const answers: Record<string, object> = {
      'list-components': { components: ids().map((id) => ({ id })) },
      'get-policy': {
        policy_info: { local_path: path.join(componentDir, `${args.component_id}.policy.yaml`) },
      },
    };
    return { isError: false, text: JSON.stringify(answers[name] ?? {}) };
  };
}

describe('with --never-widen', () => {
  const neverWiden = { neverWiden: true } as const;

  test.each<[string, () => void, string]>([
    ['of a new component that grants something', () => undefined, SOME],
    ['of a new component without a policy', () => undefined, '{}'],
    [
      'of a component that is there and may less',
      () => host.install('tool', { policy: policyText({}) }),
      SOME,
    ],
  ])('a manifest %s is refused before anything is fetched', async (_title, prepare, permissions) => {
    prepare();
    const { program, wasRun } = talkativeLoader();
    const agent = await connect(host, {
      allowDirs: [allowed],
      live: running(program, talkative),
      ...neverWiden,
    });
    const answer = await outcome(agent, 'import_state', { snapshot: manifest(REMOTE, permissions) });
    expect(JSON.parse(answer)).toEqual(failing('POLICY_WIDENED'));
    expect(wasRun()).toBe(false);
  });

  test('a manifest whose digest is that of other code is refused before it is fetched', async () => {
    host.install('tool', { policy: policyText({ environment: ['A'] }) });
    const { program, wasRun } = talkativeLoader();
    const agent = await connect(host, {
      allowDirs: [allowed],
      live: running(program, talkative),
      ...neverWiden,
    });
    const file = manifest(`https://host.example/tool.wasm\n    digest: sha256:${'a'.repeat(64)}`, SOME);
    expect(JSON.parse(await outcome(agent, 'import_state', { snapshot: file }))).toMatchObject({
      code: 'POLICY_WIDENED',
    });
    expect(wasRun()).toBe(false);
  });

  test('a manifest with local code that widens has nothing else fetched', async () => {
    writeFileSync(path.join(allowed, 'near.wasm'), componentBytes('near'));
    host.install('tool', { policy: policyText({ environment: ['A'] }) });
    const { program, wasRun } = talkativeLoader();
    const agent = await connect(host, {
      allowDirs: [allowed],
      live: running(program, talkative),
      ...neverWiden,
    });
    const file = manifest(`file://${allowed}/near.wasm\n    permissions: ${SOME}\n  - uri: ${REMOTE}`, SOME);
    expect(JSON.parse(await outcome(agent, 'import_state', { snapshot: file }))).toMatchObject({
      code: 'POLICY_WIDENED',
    });
    expect(wasRun()).toBe(false);
  });

  test.each([
    ['where it may not more than before', {}],
    ['where what would widen is left out', { component_ids: ['tool'] }],
    ['where what is there is left alone', { skip_existing: true }],
  ])('a manifest is fetched %s', async (_title, options) => {
    host.install('tool', { policy: policyText({ environment: ['A'] }) });
    const { program, wasRun } = talkativeLoader();
    const agent = await connect(host, {
      allowDirs: [allowed],
      live: running(program, talkative),
      ...neverWiden,
    });
    const more =
      'component_ids' in options ? `\n    permissions: ${SOME}\n  - uri: https://host.example/b.wasm` : '';
    const grants = 'skip_existing' in options ? '{ network: { allow: [{ host: a.example }] } }' : SOME;
    await outcome(agent, 'import_state', { snapshot: manifest(`${REMOTE}${more}`, grants), ...options });
    expect(wasRun()).toBe(true);
  });
});
