// Every field of a SOPS document, changed one at a time in every way that has another type: what is still taken says the same.
import { describe, expect, it } from 'vitest';
import { readSops } from '../../../src/codec/sops/document.ts';
import { unseal } from '../../../src/codec/sops/sealing.ts';
import { StateError } from '../../../src/errors.ts';
import { KEYS, sealed } from '../../fixtures/sops-documents.ts';

const VALUES = [
  { path: ['secrets', 'weather', 'CITY'], value: 'value-city' },
  { path: ['secrets', 'weather', 'TOKEN'], value: 'value-token' },
  { path: ['binding'], value: 'sha256:00' },
];
const document: Json = JSON.parse(await sealed(VALUES, [KEYS.mine.recipient]));

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

function fieldsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, [...path, key]))];
}

/** The document with another value at `path`; without it where there is none. */
function changedAt(path: Path, change: (value: Json) => Json | undefined): string {
  const copy = structuredClone({ root: document }) as { [key: string]: Json };
  const keys = ['root', ...path];
  const last = keys.pop()!;
  const parent = keys.reduce<{ [key: string]: Json }>((at, key) => at[key] as { [key: string]: Json }, copy);
  const value = change(parent[last]!);
  if (value !== undefined) parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return JSON.stringify(copy.root ?? null);
}

const CHANGES: readonly [string, (value: Json) => Json | undefined][] = [
  ['taken out', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['a number', () => 1],
  ['empty', () => ''],
  ['another text', () => 'other'],
  ['longer', (value) => (typeof value === 'string' ? `${value}A` : 'longer')],
  ['shorter', (value) => (typeof value === 'string' ? value.slice(0, -1) : 'shorter')],
  ['an empty list', () => []],
  ['in a list', (value) => [value]],
  ['an empty map', () => ({})],
  ['in a map', (value) => ({ X: value })],
];

/** `refused`, or `same` where the values are as they were; anything else is a failure. */
async function outcomeOf(text: string): Promise<'refused' | 'same'> {
  try {
    expect(await unseal(readSops(text), [KEYS.mine.identity])).toEqual(VALUES);
    return 'same';
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    expect(['FORMAT_INVALID_SECRETS', 'VERIFY_SECRETS_ALTERED', 'VERIFY_CANNOT_UNSEAL']).toContain(
      error.code,
    );
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('value-');
    return 'refused';
  }
}

describe('a document of which one field is', () => {
  it.each(CHANGES)('%s is refused, wherever that says something else', async (_what, change) => {
    const taken: string[] = [];
    for (const path of fieldsOf(document))
      if ((await outcomeOf(changedAt(path, change))) === 'same') taken.push(path.join('.'));
    // A label that counts for nothing, what is the default, and the last line end of an armoured file.
    const harmless = ['sops.age.0.recipient', 'sops.unencrypted_suffix', 'sops.version', 'sops.age.0.enc'];
    for (const path of taken) expect(harmless).toContain(path);
  });

  it('changed is of every part: values, keys and metadata', () => {
    expect(fieldsOf(document).map((path) => path.join('.'))).toEqual(
      expect.arrayContaining(['binding', 'secrets.weather.CITY', 'sops.age.0.enc', 'sops.mac']),
    );
  });
});
