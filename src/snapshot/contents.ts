// Compares documents by what they say, without what they were made from, their times and Wassette's caches, which change by themselves. A document that
// says the same as the existing one is not written again (F-5.4).
import { isDeepStrictEqual } from 'node:util';
import { canonicalBytes } from '../codec/canonical-json.ts';
import { sha256Digest } from '../codec/digest.ts';
import type { Document } from './document.ts';
import type { SnapshotDocument } from './shape.ts';

/** Whether the existing document says the same as the one to be written. */
export function saysTheSame(existing: Document, wanted: Document): boolean {
  return isDeepStrictEqual(contentsOf(existing.tree), contentsOf(wanted.tree));
}

/** Equal for two documents that say the same. The index of a store is searched by it. */
export function contentsDigest({ tree }: Document): string {
  return sha256Digest(canonicalBytes(contentsOf(tree)));
}

function contentsOf({ created_at: _made, parents: _from, components, ...rest }: SnapshotDocument): object {
  const lasting = components.map(({ metadata: _cached, policy, ...component }) => ({
    ...component,
    policy: policy ? { ...policy, created_at: 0 } : null,
  }));
  return { ...rest, components: lasting };
}
