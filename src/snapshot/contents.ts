// What a document says, whenever it was made: left out are its time and what Wassette had cached, which changes by
// itself. Writing such a document again would only make noise (F-5.4).
import { isDeepStrictEqual } from 'node:util';
import { canonicalBytes } from '../codec/canonical-json.ts';
import { sha256Digest } from '../codec/digest.ts';
import type { Document } from './document.ts';
import type { SnapshotDocument } from './schema.ts';

/** Whether what is there already says what is to be written. */
export function saysTheSame(existing: Document, wanted: Document): boolean {
  return isDeepStrictEqual(contentsOf(existing.tree), contentsOf(wanted.tree));
}

/** Equal for two documents that say the same. Found by it in the index of a store. */
export function contentsDigest({ tree }: Document): string {
  return sha256Digest(canonicalBytes(contentsOf(tree)));
}

function contentsOf({ created_at: _made, components, ...rest }: SnapshotDocument): object {
  const lasting = components.map(({ metadata: _cached, policy, ...component }) => ({
    ...component,
    policy: policy ? { ...policy, created_at: 0 } : null,
  }));
  return { ...rest, components: lasting };
}
