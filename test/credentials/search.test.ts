// What is taken for a credential and what is not. No credential is written in these files: each is made when the test runs.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { credentialSearch } from '../../src/credentials/search.ts';
import { CREDENTIALS } from '../fixtures/tables/credentials.ts';
import { HARMLESS } from '../fixtures/tables/harmless.ts';
import { POLICY_TABLE } from '../fixtures/tables/policy-table.ts';

const search = credentialSearch();
const rulesIn = (text: string) => search(text).map(({ rule }) => rule);

describe('a search', () => {
  it.each(CREDENTIALS)('finds %s, once', (_what, rule, text) => {
    expect(rulesIn(text)).toEqual([rule]);
    expect(rulesIn(`# of the team:\n  value:   ${text.trimEnd()}\n\nmore`)).toEqual([rule]);
  });

  it.each(HARMLESS)('passes over %s', (_what, text) => {
    expect(rulesIn(text)).toEqual([]);
    expect(rulesIn(`# of the team:\n  value:   ${text}\n\nmore`)).toEqual([]);
  });

  it('knows that many of either', () => {
    expect(CREDENTIALS.length).toBeGreaterThan(60);
    expect(HARMLESS.length).toBeGreaterThan(60);
  });

  it('passes over every text that one harmless text makes with another', () => {
    const pairs = HARMLESS.flatMap(([, first]) => HARMLESS.map(([, second]) => `${first}\n${second}`));
    expect(rulesIn(pairs.join('\n\0\n'))).toEqual([]);
  });

  it('passes over every policy, snapshot, signature and sealed secret of these tests', () => {
    for (const { title, bytes } of POLICY_TABLE)
      expect(rulesIn(Buffer.from(bytes).toString('latin1')), title).toEqual([]);
    const root = path.join(import.meta.dirname, '..');
    const files = [
      'vectors/v1',
      'vectors/signatures',
      'compat',
      'tools/mcp/schemas',
      'fixtures/tables',
      '../examples',
    ].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(json|ya?ml|txt|ts|sh|md)$/.test(file))
        .map((file) => path.join(root, folder, file)),
    );
    expect(files.length).toBeGreaterThan(200);
    for (const file of files) expect(rulesIn(readFileSync(file, 'utf8')), file).toEqual([]);
  });

  it('finds a credential where the text says that it is not to be searched', () => {
    const [, rule, text] = CREDENTIALS[0]!;
    expect(
      rulesIn(`# secretlint-disable\n# secretlint-disable-next-line\n${text} # secretlint-disable-line`),
    ).toEqual([rule]);
  });

  it('finds many in one text, each where it begins', () => {
    const texts = CREDENTIALS.map(([, , text]) => text);
    const found = search(texts.join('\n\0\n'));
    expect(found.map(({ rule }) => rule)).toEqual(CREDENTIALS.map(([, rule]) => rule));
    let begin = 0;
    for (const [index, text] of texts.entries()) {
      expect(found[index]!.start).toBeGreaterThanOrEqual(begin);
      expect(found[index]!.start).toBeLessThan(begin + text.length);
      begin += text.length + 3;
    }
  });
});

// A rule that takes time with the square of a text would take hours for these, and the test would run out of time.
describe('a search ends at once for a long line of', () => {
  const PARTS = CREDENTIALS.map(([, , text]) => text.slice(0, 12));
  it.each([
    ...[
      'a',
      '-',
      'a-',
      '.',
      ':',
      '=',
      ' ',
      '\n',
      '"',
      '{',
      '${',
      '://',
      '@',
      '\\n',
      'Aa1_',
      '\u00e9',
      '\u{1f600}',
    ],
    ...[
      'a://',
      'http://a:',
      'eyJ',
      'eyJa.',
      'sk-',
      'SG.a.',
      'xoxb-a-',
      'password',
      'password: a',
      'password="',
    ],
    ...[`${'-----BEGIN'} PRIVATE KEY-----`, `${'-----BEGIN'} PRIVATE KEY-----\n`, 'PRIVATE KEY', '-----END'],
    ...[
      'mongodb://a:',
      'postgres://',
      '?token=',
      'Bearer ',
      'ops_ey',
      'AKIA',
      '_auth=',
      'hf_',
      '1//0',
      'a1Q~',
    ],
    ...new Set(PARTS),
  ])('%j', (part) => {
    expect(Array.isArray(search(`"${part.repeat(Math.ceil(200_000 / part.length))}\u2028`))).toBe(true);
  });
});
