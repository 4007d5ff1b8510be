// SOPS documents: what is sealed opens again for its recipients alone, and nothing that anybody can change without a key
// goes unnoticed.
import { describe, expect, it } from 'vitest';
import { readSops } from '../../../src/codec/sops/document.ts';
import { unseal } from '../../../src/codec/sops/sealing.ts';
import { parseValue } from '../../../src/codec/sops/value.ts';
import { failing } from '../../fixtures/failing.ts';
import { KEYS, sealed } from '../../fixtures/sops-documents.ts';

const VALUES = [
  { path: ['secrets', 'weather', '10'], value: 'value-ten' },
  { path: ['secrets', 'weather', '9'], value: 'value-nine' },
  { path: ['secrets', 'weather', 'KEY'], value: 'line 1\nline 2 "ü" <&>' },
  { path: ['secrets', 'mail', 'KEY'], value: 'value-other' },
  { path: ['binding'], value: 'sha256:00' },
];
const document = await sealed(VALUES, [KEYS.mine.recipient, KEYS.other.recipient]);

const opened = (text: string, identity: string = KEYS.mine.identity) => unseal(readSops(text), [identity]);
interface Tree {
  sops: { age: Record<string, string>[]; kms?: object[] };
}
/** The document with its JSON changed as a value. */
function changed(change: (tree: Tree) => void): string {
  const tree = JSON.parse(document);
  change(tree);
  return JSON.stringify(tree);
}
const leafOf = (name: string) => new RegExp(`"${name}": "(ENC[^"]+)"`).exec(document)![1]!;

describe('a sealed document', () => {
  it('opens for each of its recipients, with the order of its values kept', async () => {
    expect(await opened(document)).toEqual(VALUES);
    expect(await opened(document, KEYS.other.identity)).toEqual(VALUES);
  });

  it('has its names readable, and no value', () => {
    expect(document).toContain('"weather"');
    for (const { value } of VALUES) {
      expect(document).not.toContain(value);
      expect(document).not.toContain(Buffer.from(value).toString('base64'));
    }
  });

  it('does not open for anybody else', async () => {
    const one = await sealed(VALUES, [KEYS.mine.recipient]);
    await expect(opened(one, KEYS.other.identity)).rejects.toEqual(failing('VERIFY_CANNOT_UNSEAL'));
  });

  it('may have a recipient twice, one that cannot be read, and keys of other services', async () => {
    const more = changed(({ sops }) => {
      sops.age.unshift(sops.age[0]!, { recipient: 'x', enc: 'nothing' });
      sops.kms = [{ arn: 'arn:aws:kms:x', enc: 'AAAA' }];
    });
    // The order of keys that look like numbers is lost by JSON.parse: this document has to be put right as text.
    const text = more.replace(/"9":"(ENC[^"]+)","10":"(ENC[^"]+)"/, '"10":"$2","9":"$1"');
    expect(await opened(text)).toEqual(VALUES);
  });

  it('opens after a number was set in it, as text', async () => {
    const value = parseValue(leafOf('KEY'))!;
    expect(value.type).toBe('str');
    const text = document.replace(leafOf('9'), leafOf('9').replace('type:str', 'type:int'));
    expect((await opened(text))[1]).toEqual(VALUES[1]);
  });
});

/** Each is made of the document without any key. */
const TEXT_CHANGES: readonly [string, string, string][] = [
  ['two values swapped', swapped(), 'VERIFY_SECRETS_ALTERED'],
  [
    'one letter of a value changed',
    withLeaf('9', (leaf) => flipped(leaf, 'data:')),
    'VERIFY_SECRETS_ALTERED',
  ],
  ['one letter of a tag changed', withLeaf('9', (leaf) => flipped(leaf, 'tag:')), 'VERIFY_SECRETS_ALTERED'],
  ['one letter of an iv changed', withLeaf('9', (leaf) => flipped(leaf, 'iv:')), 'VERIFY_SECRETS_ALTERED'],
  ['a value taken out', document.replace(/\t\t\t"9": "[^"]+",\n/, ''), 'VERIFY_SECRETS_ALTERED'],
  ['two values in another order', reordered(), 'VERIFY_SECRETS_ALTERED'],
  [
    'the time changed',
    document.replace('2026-11-26T08:00:00Z', '2026-11-26T08:00:01Z'),
    'VERIFY_SECRETS_ALTERED',
  ],
  ['the time in another form', document.replace('08:00:00Z', '08:00:00.0Z'), 'FORMAT_INVALID_SECRETS'],
  ['a name changed', document.replace('"9"', '"8"'), 'VERIFY_SECRETS_ALTERED'],
  ['a value moved between "a:b" and "a", "b"', document.replace('"9"', '"9:x"'), 'FORMAT_INVALID_SECRETS'],
  ['an empty name', document.replace('"9"', '""'), 'FORMAT_INVALID_SECRETS'],
  [
    'a name that keeps its value in clear',
    document.replace('"9"', '"A_unencrypted"'),
    'FORMAT_INVALID_SECRETS',
  ],
  ['a value in clear added', added('"x_unencrypted": "y"'), 'FORMAT_INVALID_SECRETS'],
  ['a text in clear under any name', added('"X": "y"'), 'FORMAT_INVALID_SECRETS'],
  ['an empty text added', added('"X": ""'), 'FORMAT_INVALID_SECRETS'],
  ['a null added', added('"X": null'), 'FORMAT_INVALID_SECRETS'],
  ['a number added', added('"X": 1'), 'FORMAT_INVALID_SECRETS'],
  ['an empty map added', added('"X": {}'), 'FORMAT_INVALID_SECRETS'],
  ['an empty list added', added('"X": []'), 'FORMAT_INVALID_SECRETS'],
  ['an empty text behind a value of its name', added('"KEY": ""'), 'FORMAT_INVALID_SECRETS'],
  ['a null behind a value of its name', added('"KEY": null'), 'FORMAT_INVALID_SECRETS'],
  ['a value twice', added(`"9": ${JSON.stringify(leafOf('9'))}`), 'FORMAT_INVALID_SECRETS'],
  ['a value made a list', withJson('9', (leaf) => `[${leaf}]`), 'FORMAT_INVALID_SECRETS'],
  [
    'a value made true or false',
    withLeaf('9', (leaf) => leaf.replace('type:str', 'type:bool')),
    'FORMAT_INVALID_SECRETS',
  ],
  [
    'a value made bytes',
    withLeaf('9', (leaf) => leaf.replace('type:str', 'type:bytes')),
    'FORMAT_INVALID_SECRETS',
  ],
  [
    'a value of an unknown type',
    withLeaf('9', (leaf) => leaf.replace('type:str', 'type:comment')),
    'FORMAT_INVALID_SECRETS',
  ],
  ['text behind a value', withLeaf('9', (leaf) => `${leaf} `), 'FORMAT_INVALID_SECRETS'],
  ['a line end behind a value', withLeaf('9', (leaf) => `${leaf}\\n`), 'FORMAT_INVALID_SECRETS'],
  ['part of a tag moved into the data', withLeaf('9', shortTag), 'FORMAT_INVALID_SECRETS'],
  [
    'unused bits of a tag set',
    withLeaf('9', (leaf) => leaf.replace(/(.)==,type/, (_, c) => `${c === 'A' ? 'B' : next(c)}==,type`)),
    'FORMAT_INVALID_SECRETS',
  ],
  ['no hash', document.replace(/\t\t"mac": "[^"]+",\n/, ''), 'FORMAT_INVALID_SECRETS'],
  [
    'another hash',
    document.replace(/"mac": "[^"]+"/, () => `"mac": "${leafOf('9')}"`),
    'VERIFY_SECRETS_ALTERED',
  ],
  ['an empty hash', document.replace(/"mac": "[^"]+"/, '"mac": ""'), 'FORMAT_INVALID_SECRETS'],
  ['a hash over encrypted values alone', metadata('"mac_only_encrypted": true'), 'FORMAT_INVALID_SECRETS'],
  ['the same, said to be off', metadata('"mac_only_encrypted": false'), 'FORMAT_INVALID_SECRETS'],
  [
    'another suffix for clear values',
    document.replace('": "_unencrypted"', '": "_x"'),
    'FORMAT_INVALID_SECRETS',
  ],
  ['an empty suffix', document.replace('": "_unencrypted"', '": ""'), 'FORMAT_INVALID_SECRETS'],
  ['a suffix for encrypted values', metadata('"encrypted_suffix": "_e"'), 'FORMAT_INVALID_SECRETS'],
  ['an expression for clear values', metadata('"unencrypted_regex": "^x"'), 'FORMAT_INVALID_SECRETS'],
  ['an expression for encrypted values', metadata('"encrypted_regex": "^x"'), 'FORMAT_INVALID_SECRETS'],
  ['an expression for comments', metadata('"encrypted_comment_regex": "^x"'), 'FORMAT_INVALID_SECRETS'],
  ['groups of keys', metadata('"key_groups": []'), 'FORMAT_INVALID_SECRETS'],
  ['a threshold', metadata('"shamir_threshold": 2'), 'FORMAT_INVALID_SECRETS'],
  ['something unknown in the metadata', metadata('"later": 1'), 'FORMAT_INVALID_SECRETS'],
  ['no version', document.replace(/,\n\t\t"version": "[^"]+"/, ''), 'FORMAT_INVALID_SECRETS'],
  ['a version that is none', document.replace('"3.13.3"', '"new"'), 'FORMAT_INVALID_SECRETS'],
  ['no metadata', document.replace('"sops": {', '"other": {'), 'FORMAT_INVALID_SECRETS'],
  [
    'no recipients',
    changed(({ sops }) => {
      sops.age = [];
    }),
    'FORMAT_INVALID_SECRETS',
  ],
  [
    '101 recipients',
    changed(({ sops }) => {
      sops.age = Array(101).fill(sops.age[0]);
    }),
    'FORMAT_LIMIT_EXCEEDED',
  ],
  [
    'a recipient with more',
    changed(({ sops }) => {
      sops.age[0]!.more = '';
    }),
    'FORMAT_INVALID_SECRETS',
  ],
  [
    'a sealed key of 1 MiB',
    changed(({ sops }) => {
      sops.age[0]!.enc = 'A'.repeat(2 ** 20);
    }),
    'FORMAT_INVALID_SECRETS',
  ],
  ['nothing of JSON', 'secrets: yaml', 'FORMAT_INVALID_SECRETS'],
  ['nothing at all', '', 'FORMAT_INVALID_SECRETS'],
];

function swapped(): string {
  const [a, b] = [leafOf('9'), leafOf('10')];
  return document.replace(a, '<here>').replace(b, a).replace('<here>', b);
}
function reordered(): string {
  return document.replace(/(\t\t\t"10": "[^"]+"),\n(\t\t\t"9": "[^"]+"),\n/, '$2,\n$1,\n');
}
function withLeaf(name: string, change: (leaf: string) => string): string {
  const leaf = leafOf(name);
  return document.replace(leaf, () => change(leaf));
}
function withJson(name: string, change: (leaf: string) => string): string {
  const leaf = JSON.stringify(leafOf(name));
  return document.replace(leaf, () => change(leaf));
}
function next(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + 1);
}
function flipped(leaf: string, part: string): string {
  const at = leaf.indexOf(part) + part.length;
  return leaf.slice(0, at) + (leaf[at] === 'A' ? 'B' : 'A') + leaf.slice(at + 1);
}
function shortTag(leaf: string): string {
  return leaf.replace(/data:([^,]+),(.*),tag:(....)(.{18})==/, 'data:$3$1,$2,tag:$4');
}
/** Behind the last secret of `weather`. */
function added(entry: string): string {
  return document.replace(/("KEY": "ENC[^"]+")\n/, (_, last) => `${last},\n\t\t\t${entry}\n`);
}
function metadata(entry: string): string {
  return document.replace('"sops": {', `"sops": {\n\t\t${entry},`);
}

describe('a document that somebody changed without a key is refused', () => {
  it.each(TEXT_CHANGES)('with %s', async (_what, text, code) => {
    expect(text).not.toBe(document);
    const failure = await Promise.resolve()
      .then(() => opened(text))
      .catch((error: unknown) => error);
    expect(failure).toEqual(failing(code));
    for (const { value } of VALUES) expect(JSON.stringify(failure)).not.toContain(value);
  });
});
