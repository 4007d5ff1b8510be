// What opening sealed secrets gives, for each vector: their values, or the code of what is wrong.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ERROR_CODES, StateError } from '../../../src/errors.ts';
import { openJsonText } from '../../../src/places/json/reader.ts';
import { secretsIn } from '../../../src/site/import/secrets.ts';

const folder = path.join(import.meta.dirname, '..', '..', 'vectors', 'secrets');

const VectorSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  comment: z.string().min(1),
  clause: z.string().regex(/^F-13\.\d$/),
  expect: z.enum(['ok', ...Object.keys(ERROR_CODES)] as [string, ...string[]]),
  key: z.string(),
  values: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  input: z.record(z.string(), z.unknown()),
});

/** By component and name. */
type Values = Record<string, Record<string, string>>;

async function openedWith(decryptionKey: string, input: object): Promise<Values> {
  const snapshot = await openJsonText(JSON.stringify(input));
  const wanted = await secretsIn(snapshot, { includeSecrets: true, decryptionKey });
  return Object.fromEntries(
    [...wanted].map(([id, secrets]) => [id, 'values' in secrets ? Object.fromEntries(secrets.values) : {}]),
  );
}

describe('sealed secrets and a key', () => {
  for (const file of readdirSync(folder).sort()) {
    const vector = VectorSchema.parse(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
    it(`${vector.clause} ${vector.name}: ${vector.comment}`, async () => {
      expect(`${vector.name}.json`).toBe(file);
      const outcome = await openedWith(vector.key, vector.input).catch((error: unknown) => error);
      if (vector.expect === 'ok') {
        expect(outcome).toEqual(vector.values);
        return;
      }
      if (!(outcome instanceof StateError)) throw outcome;
      expect(outcome.code).toBe(vector.expect);
      expect(JSON.stringify([outcome.message, outcome.hint, outcome.details])).not.toMatch(
        /hunter2|Bergen|QYYQ79|horse|battery/,
      );
    });
  }
});
