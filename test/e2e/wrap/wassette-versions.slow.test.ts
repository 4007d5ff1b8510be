// What is said for each version of Wassette. 0.8.1 cannot be had: a script plays what its release notes say of it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { expect, it, onTestFinished } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { documentOf, fileWithCode } from '../../fixtures/document.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { quietTransport } from '../../fixtures/servers/quiet-transport.ts';
import { type ScriptedAnswers, scriptWassette } from '../../fixtures/wassette/scripted-wassette.ts';

interface CallAnswer {
  isError: boolean;
  structured: Record<string, unknown>;
  text: string;
}

/** A host, and a client of the wrap around a scripted Wassette on it. */
async function wrapped(
  answers: ScriptedAnswers,
  prepare: (host: TestHost) => void = () => undefined,
  flags: string[] = [],
) {
  const host = makeHost();
  prepare(host);
  const folder = path.dirname(host.locations.componentDir);
  const at = (name: string) => path.join(folder, name);
  scriptWassette(at('wassette'), answers);
  const { componentDir, secretsDir, stateDir } = host.locations;
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    quietTransport({
      command: process.execPath,
      args: [
        PROGRAM,
        'serve',
        '--state-dir',
        stateDir,
        '--allow-dir',
        folder,
        ...flags,
        '--',
        at('wassette'),
        'run',
        '--component-dir',
        componentDir,
      ],
      cwd: folder,
      env: { PATH: process.env.PATH!, HOME: at('home'), WASSETTE_SECRETS_DIR: secretsDir },
    }),
  );
  onTestFinished(() => client.close());
  return {
    host,
    at,
    async call(name: string, args: object = {}): Promise<CallAnswer> {
      const { isError, structuredContent, content } = await client.callTool({ name, arguments: { ...args } });
      const [{ text }] = content as [{ text: string }];
      return {
        isError: isError === true,
        text,
        structured: (structuredContent ?? {}) as Record<string, unknown>,
      };
    },
    timesAsked: () =>
      readFileSync(at('wassette.log'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('--version')).length,
  };
}

it.each([
  ['0.8.0 version.BuildInfo{}', '0.8.0', 'sees every environment variable and stored secret'],
  ['wassette 0.8.1', '0.8.1', 'sees no environment variable and no stored secret'],
  ['0.10.0', '0.10.0', 'sees no environment variable and no stored secret'],
  ['0.8.1-rc.1', '0.8.1-rc.1', 'with Wassette 0.8.0 or older, none with a newer one'],
  ['launcher, the newest', '', 'with Wassette 0.8.0 or older, none with a newer one'],
])(
  'a wrapped Wassette that says "%s" is asked once, and its version is in the list and the snapshot',
  async (version, exported, sees) => {
    const { at, call, timesAsked } = await wrapped({ version }, (host) => host.install('bare'));
    const { structured, text } = await call('list_snapshot_components');
    expect(JSON.stringify(structured.components)).toContain(`no policy: it sees`);
    expect(text).toContain(sees);
    expect((await call('export_state', { destination: at('s.json'), description: 'x' })).text).toContain(
      'Exported',
    );
    const { metadata } = JSON.parse(readFileSync(at('s.json'), 'utf8'));
    expect(metadata).toEqual({ description: 'x', wassette_version: exported, source: '' });
    expect(timesAsked()).toBe(1);
  },
);

it.each([
  [
    '0.8.0',
    [
      '"bare" will run WITHOUT A POLICY and may read every environment variable',
      '"bare" will see the secrets stored here: "TOKEN"',
    ],
    false,
  ],
  ['0.8.1', [], true],
  [
    'unknown',
    [
      '"bare" will run WITHOUT A POLICY and may see every environment variable and stored secret with Wassette 0.8.0 or older, none with a newer one',
      '"bare" will see the secrets stored here: "TOKEN"',
    ],
    true,
  ],
])('having no policy is said as Wassette %s understands it', async (version, gains, warns) => {
  const { at, call } = await wrapped({ version }, (host) => host.storeSecrets('bare', { TOKEN: 'x' }));
  writeFileSync(at('s.json'), fileWithCode([{ id: 'bare' }]));
  const { structured, text } = await call('import_state', { snapshot: at('s.json') });
  const { accept } = (structured.next_step as { arguments: { accept: string[] } }).arguments;
  expect(accept.slice(1)).toEqual(gains);
  expect(text.includes('will see no environment variable and no stored secret')).toBe(warns);
});

it('under --never-widen a component without a policy is imported into 0.8.1, where it sees nothing, and not into 0.8.0', async () => {
  for (const [version, isRefused] of [
    ['0.8.0', true],
    ['0.8.1', false],
    ['none', true],
  ] as const) {
    const { at, call } = await wrapped({ version }, undefined, ['--never-widen']);
    writeFileSync(at('s.json'), fileWithCode([{ id: 'bare' }]));
    const { text } = await call('import_state', { snapshot: at('s.json') });
    expect(text.includes('POLICY_WIDENED'), version).toBe(isRefused);
  }
});

it('a policy brings the stored secrets into sight where having none means nothing', async () => {
  const { at, call } = await wrapped({ version: '0.8.1' }, (host) => {
    host.install('bare');
    host.storeSecrets('bare', { TOKEN: 'x' });
  });
  writeFileSync(at('s.json'), fileWithCode([{ id: 'bare', policy: policyText({ environment: ['HOME'] }) }]));
  const { text } = await call('import_state', { snapshot: at('s.json') });
  expect(text).toContain('may read the environment variable');
  expect(text).toContain('will see the secrets stored here');
});

it('a snapshot of 0.8.1 is not warned of what only older ones give', async () => {
  const { at, call } = await wrapped({ version: '0.8.1' });
  const document = documentOf([{ id: 'bare' }], {
    metadata: { description: '', wassette_version: '0.8.1', source: '' },
  });
  const { components, ...rest } = JSON.parse(fileWithCode([{ id: 'bare' }]));
  writeFileSync(at('s.json'), JSON.stringify({ ...rest, metadata: document.metadata, components }));
  const { text } = await call('import_state', { snapshot: at('s.json') });
  expect(text).toContain('will be installed');
  expect(text).not.toContain('no environment variable and no stored secret');
});

it('an image that brings a policy of its own, which 0.8.1 refuses, is a clear error', async () => {
  const refusal = 'Error: the artifact bundles a policy; pass --trust-bundled-policy to take it: canary';
  const { at, call } = await wrapped({ version: '0.8.1', refusal });
  writeFileSync(
    at('d.yaml'),
    'version: 1\ncomponents:\n  - uri: oci://registry.example/owner/tool:1\n    permissions: {}\n',
  );
  const { isError, text } = await call('import_state', { snapshot: at('d.yaml') });
  expect(isError).toBe(true);
  expect(JSON.parse(text)).toMatchObject({ code: 'POLICY_BUNDLED', details: { component_id: 'owner_tool' } });
  expect(text).not.toContain('canary');
});
