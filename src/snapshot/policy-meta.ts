// Reads and makes `<id>.policy.meta.json`, which says where a policy was attached from. Wassette reads only `source_uri`.
import * as z from 'zod';
import { parsedJson } from '../codec/json/parsed.ts';
import { INLINE_POLICY } from './schema.ts';
import type { SnapshotPolicy } from './shape.ts';

const PolicyMetaSchema = z.looseObject({
  source_uri: z.string(),
  attached_at: z.int().nonnegative().optional(),
});
export type PolicyMeta = z.infer<typeof PolicyMetaSchema>;

/** The provenance; null when the file is absent or unreadable, which Wassette treats alike. */
export function parsePolicyMeta(bytes: Uint8Array | undefined): PolicyMeta | null {
  if (bytes === undefined) return null;
  return PolicyMetaSchema.safeParse(parsedJson(Buffer.from(bytes).toString('utf8'))).data ?? null;
}

/** Wassette shows the URI to agents, so it must look like one: printable ASCII of a reasonable length. */
const PLAIN_URI = /^[\x21-\x7e]{1,2048}$/;

/** The file Wassette would have written, or null for a policy of which no origin is known. */
export function policyMetaFor(policy: SnapshotPolicy): Buffer | null {
  if (policy.source_uri === INLINE_POLICY || !PLAIN_URI.test(policy.source_uri)) return null;
  return Buffer.from(
    JSON.stringify({ source_uri: policy.source_uri, attached_at: policy.created_at }, null, 2),
  );
}
