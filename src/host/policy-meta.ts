// `<id>.policy.meta.json`: where a policy was attached from. Informational; Wassette reads only `source_uri`.
import * as z from 'zod';
import { INLINE_POLICY, type SnapshotPolicy } from '../model/snapshot.ts';

const PolicyMetaSchema = z.looseObject({
  source_uri: z.string(),
  attached_at: z.int().nonnegative().optional(),
});
export type PolicyMeta = z.infer<typeof PolicyMetaSchema>;

/** The provenance, or null where the file is absent or unreadable, as Wassette treats it. */
export function parsePolicyMeta(bytes: Uint8Array | undefined): PolicyMeta | null {
  if (bytes === undefined) return null;
  try {
    return PolicyMetaSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return null;
  }
}

/** The file Wassette would have written, or null for a policy that was never attached from anywhere. */
export function policyMetaFor(policy: SnapshotPolicy): Buffer | null {
  if (policy.source_uri === INLINE_POLICY) return null;
  return Buffer.from(
    JSON.stringify({ source_uri: policy.source_uri, attached_at: policy.created_at }, null, 2),
  );
}
