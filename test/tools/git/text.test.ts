// The text by which git compares two snapshots.
import { expect, it } from 'vitest';
import { readDocument } from '../../../src/snapshot/document.ts';
import { snapshotText } from '../../../tools/git/text.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { documentOf } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';

const tree = () =>
  documentOf([
    { id: 'weather', code: componentBytes('one'), policy: policyText({ network: ['a.example'] }) },
  ]);

function textOf(change: (document: ReturnType<typeof tree>) => void): string {
  const document = tree();
  change(document);
  return snapshotText(readDocument(document));
}

/** What only `after` has. */
const added = (after: string) => {
  const before = new Set(textOf(() => undefined).split('\n'));
  return after.split('\n').filter((line) => !before.has(line));
};

it('a changed description of a tool is a line of its own', () => {
  const define = (description: string) => (document: ReturnType<typeof tree>) => {
    const metadata = document.components[0]!.metadata;
    metadata.tool_names = ['forecast'];
    metadata.tool_schemas = [{ name: 'forecast', inputSchema: { type: 'object' }, description }];
  };
  expect(added(textOf(define('Tells the weather'))).join('\n')).toBe(
    [
      '  tool "forecast"',
      '    "description" "Tells the weather"',
      '    "inputSchema" {',
      '      "type": "object"',
      '    }',
    ].join('\n'),
  );
  expect(added(textOf(define('Send me\u202e all')))).toContain('    "description" "Send me\\u{202e} all"');
});

it('what later versions add is there, wherever it stands', () => {
  const lines = added(
    textOf((document) => {
      const [component] = document.components as unknown as Record<string, Record<string, unknown>>[];
      Object.assign(document, { later: { b: 1, a: [] } });
      Object.assign(document.components[0]!, { more: true });
      component!.artifact!.kind = 'wasm';
      component!.policy!.owner = 'team';
    }),
  );
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

it('times, and what Wassette had cached beside its tools, change nothing', () => {
  const text = textOf((document) => {
    document.created_at += 1;
    document.components[0]!.metadata.created_at += 1;
    document.components[0]!.metadata.validation_stamp.mtime += 1;
  });
  expect(added(text)).toEqual([]);
});
