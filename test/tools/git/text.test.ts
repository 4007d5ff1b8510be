// The text by which git compares two snapshots.
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { sealSecrets } from '../../../src/snapshot/sealed-secrets.ts';
import { shownText } from '../../../tools/git/text.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';
import { countedRandom, KEYS } from '../../fixtures/sops-documents.ts';

const tree = () =>
  documentOf([
    { id: 'weather', code: componentBytes('one'), policy: policyText({ network: ['a.example'] }) },
  ]);

async function textOf(change: (document: ReturnType<typeof tree>) => void): Promise<string> {
  const document = tree();
  change(document);
  return (await shownText(Buffer.from(JSON.stringify(document)))).toString();
}

/** What only the text of the changed one has. */
async function added(change: Parameters<typeof textOf>[0]): Promise<string[]> {
  const before = new Set((await textOf(() => undefined)).split('\n'));
  return (await textOf(change)).split('\n').filter((line) => !before.has(line));
}

it('a changed description of a tool is a line of its own', async () => {
  const define = (description: string) => (document: ReturnType<typeof tree>) => {
    const metadata = document.components[0]!.metadata;
    metadata.tool_names = ['forecast'];
    metadata.tool_schemas = [{ name: 'forecast', inputSchema: { type: 'object' }, description }];
  };
  expect((await added(define('Tells the weather'))).join('\n')).toBe(
    [
      '  tool "forecast"',
      '    "description" "Tells the weather"',
      '    "inputSchema" {',
      '      "type": "object"',
      '    }',
    ].join('\n'),
  );
  expect(await added(define('Send me\u202e all'))).toContain('    "description" "Send me\\u{202e} all"');
});

it('what later versions add is there, wherever it stands', async () => {
  const lines = await added((document) => {
    const [component] = document.components as unknown as Record<string, Record<string, unknown>>[];
    Object.assign(document, { later: { b: 1, a: [] } });
    Object.assign(document.components[0]!, { more: true });
    component!.artifact!.kind = 'wasm';
    component!.policy!.owner = 'team';
  });
  expect(lines).toEqual([
    '"later" {',
    '  "a": [],',
    '  "b": 1',
    '}',
    '  "kind" "wasm"',
    '  "more" true',
    '  "owner" "team"',
  ]);
});

it('times, and what Wassette had cached beside its tools, change nothing', async () => {
  const lines = await added((document) => {
    document.created_at += 1;
    document.components[0]!.metadata.created_at += 1;
    document.components[0]!.metadata.validation_stamp.mtime += 1;
  });
  expect(lines).toEqual([]);
});

it('a file that is no snapshot is shown as it is, byte for byte', async () => {
  for (const bytes of [Buffer.from([0xff, 0x00, 0x0a]), Buffer.from('{"version": 1}\n'), Buffer.alloc(0)])
    expect(await shownText(bytes)).toBe(bytes);
  const shown = await textOf(() => undefined);
  expect(shown).toContain('component "weather"\n');
  expect((await shownText(gzipSync(JSON.stringify(tree())))).toString()).toBe(shown);
});

it('other sealed secrets, other people who can open them, and every definition are lines of their own', async () => {
  const define =
    (...definitions: unknown[]) =>
    (document: ReturnType<typeof tree>) => {
      document.components[0]!.metadata.tool_schemas = definitions;
    };
  const twice = [
    { name: 'forecast', description: 'first' },
    { name: 'forecast', description: 'second' },
    { name: 7, description: 'third' },
  ];
  const lines = await added(define(...twice));
  for (const { description } of twice) expect(lines).toContain(`    "description" "${description}"`);
  expect(lines).toContain('    "name" 7');
  expect(
    await added((document) => {
      document.components[0]!.policy!.source_uri = 'https://example.com/policy.yaml';
    }),
  ).toEqual(['  policy from "https://example.com/policy.yaml"']);
});

it('sealed secrets show whose they are, who can open them, and that the values are others', async () => {
  const { recipient } = KEYS.mine;
  const sealed = async (token: string) => {
    const values = new Map([['weather', new Map([['TOKEN', token]])]]);
    const fresh = { random: countedRandom(), time: '2026-11-26T08:00:00Z' };
    const secrets = await sealSecrets(values, tree().state_digest, [recipient], fresh);
    return added((document) => {
      document.secrets = secrets;
    });
  };
  const [before, after] = [await sealed('old'), await sealed('new')];
  expect(before[0]).toMatch(/^secrets sealed, sha256:[0-9a-f]{64}$/);
  expect(before.slice(1)).toEqual([`  for "${recipient}"`, '  of "weather": "TOKEN"']);
  expect(after[0]).not.toBe(before[0]);
});
