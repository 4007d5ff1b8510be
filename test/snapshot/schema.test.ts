// The published JSON Schema is the one in the code. UPDATE=1 writes it anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { type SnapshotDocumentSchema, SnapshotFileSchema } from '../../src/snapshot/schema.ts';
import type { SnapshotDocument } from '../../src/snapshot/shape.ts';

const FILE = new URL('../../snapshot.schema.json', import.meta.url);

test('snapshot.schema.json is generated from the schema that reads snapshots', () => {
  const schema = {
    title: 'wassette-state snapshot, version 1',
    $comment:
      'Generated from src/snapshot/schema.ts. FORMAT.md is normative: digests, ids and limits are not expressed here.',
    ...z.toJSONSchema(SnapshotFileSchema, { target: 'draft-2020-12' }),
  };
  if (process.env.UPDATE) writeFileSync(FILE, `${JSON.stringify(schema, null, 2)}\n`);
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(schema);
  expect(JSON.stringify(schema)).toContain('"binary_data"'); // an empty schema would pass for anything
});

test('the types that are published are those of the schema', () => {
  expectTypeOf<z.infer<typeof SnapshotDocumentSchema>>().toEqualTypeOf<SnapshotDocument>();
});
