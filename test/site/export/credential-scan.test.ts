// An export that would carry a credential: refused before anything is written, wherever the credential stands and wherever
// the snapshot was to go; the error says where, and never what.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StateError } from '../../../src/errors.ts';
import { type ExportOptions, exportState, exportStateTo, openSnapshot } from '../../../src/index.ts';
import { assertNoCredentials } from '../../../src/site/export/credential-scan.ts';
import { textsOf } from '../../../src/snapshot/texts.ts';
import { documentOf } from '../../fixtures/document.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { CREDENTIALS } from '../../fixtures/tables/credentials.ts';
import { HARMLESS } from '../../fixtures/tables/harmless.ts';

const PASSWORD = ['hunter', '2'].join('');
const TOKEN = CREDENTIALS[0]![2];
const POLICY = `${policyText({ environment: ['CITY'] })}# password: ${PASSWORD}\n`;
const FOUND = failing('POLICY_CREDENTIAL_FOUND');

function host(policy = POLICY) {
  const made = makeHost();
  made.install('probe', { policy });
  made.install('clock');
  const root = path.dirname(made.locations.componentDir);
  return { ...made, root, at: (name: string) => path.join(root, name) };
}

/** The error of what was refused, which quotes nothing. */
async function refusal(work: Promise<unknown>, secret = PASSWORD): Promise<StateError> {
  const error: StateError = await work.then(
    () => expect.unreachable('it was not refused'),
    (reason) => reason,
  );
  expect(error).toEqual(FOUND);
  const said = JSON.stringify([error, error.remedy, error.said, error.stack, String(error.cause)]);
  for (let i = 0; i + 6 <= secret.length; i++) expect(said).not.toContain(secret.slice(i, i + 6));
  return error;
}

function idIn({ remedy }: StateError): string {
  if (remedy?.do !== 'allow-finding') return expect.unreachable('the error has no finding');
  return remedy.ids[0]!;
}

describe('a credential in a policy', () => {
  it('is named by component, field, line and rule', async () => {
    const { locations } = host();
    const error = await refusal(exportState(locations));
    expect(error.message).toMatch(/: component "probe", policy, line 6: password \([0-9a-f]{12}\)$/);
    expect(error).toMatchObject({ kind: 'policy', details: { count: 1 } });
  });

  it.each([
    ['a file', { file: 'state.json' }],
    ['a manifest', { file: 'deployment.yaml' }],
    ['the store', {}],
    ['a name in the store', { name: 'tools' }],
  ])(
    'stops the export to %s, and nothing is written',
    async (_where, { file, ...more }: { file?: string; name?: string }) => {
      const { locations, at, root } = host();
      const before = readdirSync(root, { recursive: true, encoding: 'utf8' });
      await refusal(exportStateTo({ ...more, file: file && at(file) }, locations));
      const left = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
        (name) => !before.includes(name),
      );
      expect(left.filter((name) => /json|yaml|tmp|blobs|index/.test(name))).toEqual([]);
    },
  );

  it('stops neither an export of the others nor one in which it was allowed, which says so', async () => {
    const { locations, at } = host();
    const id = idIn(await refusal(exportState(locations)));
    expect((await exportState({ ...locations, componentFilter: ['clock'] })).notes).toEqual([]);
    const file = at('state.json');
    const allowed = { ...locations, allowFindings: [id], includeBinaries: true };
    const { notes } = await exportStateTo({ file }, allowed);
    expect(notes).toEqual([
      `looks like a credential and was allowed: component "probe", policy, line 6: password (${id})`,
    ]);
    expect((await openSnapshot(file)).document.components[1]!.policy!.content).toBe(POLICY);
    await refusal(exportState({ ...allowed, allowFindings: ['0'.repeat(12)] }));
  });
});

describe('the id of a finding', () => {
  it('is the same for the place and the rule, and says nothing of the value', async () => {
    const first = host();
    const id = idIn(await refusal(exportState(first.locations)));
    const other = POLICY.replace(PASSWORD, `another${TOKEN.slice(-4)}`);
    const second = host(`# a line before it\n${other}`);
    expect(idIn(await refusal(exportState(second.locations), 'another'))).toBe(id);
  });

  it('is another for another component, field or rule, and for a second of a kind', async () => {
    const { locations, install } = host(`${POLICY}# password: ${PASSWORD}\n# ${TOKEN}\n`);
    install('clock', { policy: POLICY });
    const metadata = { description: `password: ${PASSWORD}` };
    const { remedy, message } = await refusal(exportState({ ...locations, metadata }));
    const ids = remedy?.do === 'allow-finding' ? remedy.ids : [];
    expect(new Set(ids).size).toBe(5);
    expect(message).toMatch(
      / 5 credentials: snapshot, metadata\.description, line 1: password .*"probe", policy, line 8: github/,
    );
    const all = await exportState({ ...locations, metadata, allowFindings: ids });
    expect(all.notes).toHaveLength(1);
    for (const left of ids)
      await refusal(exportState({ ...locations, metadata, allowFindings: ids.filter((id) => id !== left) }));
  });

  it.each(['', 'x', '0'.repeat(11), '0'.repeat(13), TOKEN, `${'0'.repeat(12)}\n`])(
    'is not %j, which is refused and not quoted',
    async (id) => {
      const refused = exportState({ ...host().locations, allowFindings: [id] });
      await expect(refused).rejects.toThrow(failing('USAGE_BAD_ARGUMENT'));
      await expect(refused).rejects.not.toThrow(TOKEN.slice(4));
    },
  );
});

describe('a credential stops an export, too,', () => {
  const says = (metadata: ExportOptions['metadata']): ExportOptions => ({ metadata });
  it.each<[string, string, ExportOptions]>([
    ['in the description', 'metadata.description', says({ description: `use ${TOKEN}` })],
    ['in what says where it is from', 'metadata.source', says({ source: TOKEN })],
    ['in a tag', 'metadata.tags.*', says({ tags: { deploy: TOKEN } })],
    ['in the name of a tag', 'metadata.tags.*', says({ tags: { [TOKEN]: 'x' } })],
    ['as a tag that is called so', 'metadata.tags.*', says({ tags: { password: TOKEN } })],
    ['in the source of code', 'source_uri', { sources: { probe: `https://e.example/${TOKEN}/probe.wasm` } }],
  ])('%s', async (_where, field, options) => {
    const { locations, state } = host('version: "1.0"\npermissions: {}\n');
    const error = await refusal(exportState({ ...locations, ...options }), TOKEN);
    expect(error.message).toContain(`, ${field}, line 1: github (`);
    // What was refused is not kept as the origin of the code either.
    expect(existsSync(state.origins) ? readdirSync(state.origins) : []).toEqual([]);
  });

  it('in the name that it gets in the store', async () => {
    const { locations } = host('version: "1.0"\npermissions: {}\n');
    const name = ['xoxb', '123456789012', 'abcdefghijkl'].join('-');
    const error = await refusal(exportStateTo({ name }, locations), name);
    expect(error.message).toContain('snapshot, name, line 1: slack (');
  });

  it('in the name of a secret, where the value was given for the name', async () => {
    const { locations, storeSecrets } = host('version: "1.0"\npermissions: {}\n');
    storeSecrets('probe', { [TOKEN]: 'TOKEN' });
    const error = await refusal(exportState(locations), TOKEN);
    expect(error.message).toContain('component "probe", secret_names[0], line 1: github (');
  });

  it('in the id of a component, which is then counted and not named', async () => {
    const { locations, install } = host('version: "1.0"\npermissions: {}\n');
    install(TOKEN, { policy: POLICY });
    const error = await refusal(exportState(locations), TOKEN);
    expect(error.message).toMatch(
      /component 2, component_id, line 1: github.*component 2, metadata.component_id, .*component 2, policy, line 6: password/,
    );
  });

  it('in what Wassette had cached about a tool', async () => {
    const { locations } = host('version: "1.0"\npermissions: {}\n');
    const code = readFileSync(path.join(locations.componentDir, 'probe.wasm'));
    const { metadata } = documentOf([{ id: 'probe', code, tools: ['get'] }]).components[0]!;
    const properties = { password: { type: 'string', default: PASSWORD } };
    const schema = { name: 'get', description: `for\n${TOKEN}`, inputSchema: { properties } };
    const cached = {
      ...metadata,
      tool_schemas: [schema],
      function_identifiers: [{ packageName: null, interfaceName: null, functionName: 'get' }],
    };
    writeFileSync(path.join(locations.componentDir, 'probe.metadata.json'), JSON.stringify(cached));
    const { document } = await exportState({ ...locations, componentFilter: ['clock'] });
    expect(document.components).toHaveLength(1);
    const error = await refusal(exportState(locations), TOKEN);
    expect(error.message).toContain('metadata.tool_schemas[0].description, line 2: github');
    expect(error.message).toContain(
      'metadata.tool_schemas[0].inputSchema.properties.*.default, line 1: password',
    );
  });
});

describe('the scan of a document', () => {
  it('reads every text of it, and numbers, with their names', () => {
    const document = documentOf([{ id: 'a', policy: POLICY, tools: ['t'], secretNames: ['S'] }], {
      metadata: { tags: { team: 'x' }, more: { deep: [1, { enum: ['y'] }] } },
    });
    const texts = [...textsOf(document)].map(({ component, field, text }) => [component, field, text]);
    for (const expected of [
      [null, 'metadata.tags.*', 'team: x'],
      [null, 'metadata.*.*[0]', 'deep: 1'],
      [null, 'metadata.*.*[1].enum[0]', 'deep: y'],
      [0, 'policy', POLICY],
      [0, 'metadata.tool_names[0]', 'tool_names: t'],
      [0, 'secret_names[0]', 'secret_names: S'],
    ])
      expect(texts).toContainEqual(expected);
    const strings = JSON.stringify(document)
      .match(/"(?:[^"\\]|\\.)*"/g)!
      .map((text) => JSON.parse(text));
    const all = texts.flat().join('\n');
    for (const text of strings.filter((text) => /[^a-z_]/.test(text))) expect(all).toContain(text);
  });

  it('passes over what is harmless in any field', () => {
    const description = HARMLESS.map(([, text]) => text).join('\n');
    const tags = Object.fromEntries(HARMLESS.map(([, text], index) => [`t${index}`, text]));
    const tree = documentOf([{ id: 'a' }, { id: 'b', policy: `# ${description.replaceAll('\n', '\n# ')}` }], {
      metadata: { description, tags },
      secrets: description.split('\n'),
    });
    expect(assertNoCredentials({ tree }, new Set())).toEqual([]);
  });

  it('does not read across the border of two texts', () => {
    const tags = {
      a: 'aws_secret_access_key =',
      b: TOKEN.slice(4).padEnd(40, 'a'),
      c: 'x password:',
      d: PASSWORD,
    };
    const tree = documentOf([{ id: 'a' }], { metadata: { tags } });
    expect(assertNoCredentials({ tree }, new Set())).toEqual([]);
  });

  it('names the first of many, and counts no further than anybody would read', () => {
    const policy = `# password: ${PASSWORD}\n`.repeat(2_000);
    const tree = documentOf(['a', 'b', 'c'].map((id) => ({ id, policy })));
    const error = (() => {
      try {
        return assertNoCredentials({ tree }, new Set());
      } catch (reason) {
        return reason as StateError;
      }
    })() as StateError;
    expect(error.message).toMatch(/more than 500 credentials: .*line 20: .*; and 480 more$/);
    expect(error.message.length).toBeLessThan(2_000);
    expect(error.details.findings).toHaveLength(20);
  });

  it('finds the same wherever texts are put together for it', () => {
    const filler = 'harmless words\n'.repeat(3_000);
    const tree = documentOf(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id, policy: `${filler}# ${TOKEN}\n${filler}` })),
    );
    const found = expect.objectContaining({ details: { count: 6, findings: expect.anything() } });
    expect(() => assertNoCredentials({ tree }, new Set())).toThrow(found);
    expect(() => assertNoCredentials({ tree }, new Set())).toThrow(/"f", policy, line 3001: github/);
  });
});
