// Reads where a snapshot says that code can be had.
import type { BlobName } from '../../codec/blob-name.ts';
import { UsageError } from '../../errors.ts';
import { type RemoteName, remoteNameOf } from '../../net/remote-fence.ts';
import { parseRegistryReference, type RegistryReference } from '../../places/references/registry.ts';
import type { AbsentCode } from './absent.ts';

/** Code, and what can be asked for it. */
export interface CodeSource extends BlobName {
  readonly component_id: string;
  /** As the snapshot says it. */
  readonly uri: string;
  /** An image, or the address of a file. */
  readonly at: RegistryReference | URL;
  /** What prefixes that an operator allows are compared with. */
  readonly remote: RemoteName;
}

/** Null for what is neither an image in a registry nor at an https address: a file that a snapshot names is never read. */
export function sourceIn({ component_id, artifact, uri }: AbsentCode): CodeSource | null {
  const { sha256, size } = artifact;
  const code = { component_id, sha256, size, uri };
  if (/^https:/i.test(uri) && URL.canParse(uri)) {
    const at = new URL(uri);
    return { ...code, at, remote: remoteNameOf(at) };
  }
  if (!/^oci:/i.test(uri)) return null;
  try {
    const at = parseRegistryReference(uri);
    return { ...code, at, remote: at.remote };
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
