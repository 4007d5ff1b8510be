// Computes the blob name of a component that came without a digest, and checks that it is a whole component.

import { createHash } from 'node:crypto';
import type { BlobName } from '../../codec/blob-name.ts';
import { LIMITS } from '../../codec/limits.ts';
import { WasmSections } from '../../component/whole.ts';
import { FormatError } from '../../errors.ts';

/**
 * Reads all of `bytes`. `whose` says in messages which they are.
 * @throws FormatError FORMAT_NOT_A_COMPONENT, FORMAT_LIMIT_EXCEEDED; whatever the source throws
 */
export async function nameComponent(
  bytes: AsyncIterable<Uint8Array>,
  whose: string,
  { signal, maxBytes = LIMITS.binaryBytes }: { signal?: AbortSignal | undefined; maxBytes?: number } = {},
): Promise<BlobName> {
  const hash = createHash('sha256');
  const sections = new WasmSections();
  let size = 0;
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    size += chunk.length;
    if (size > maxBytes) {
      throw new FormatError('FORMAT_LIMIT_EXCEEDED', `${whose}: more than ${maxBytes} bytes`, {
        hint: 'leave the component out',
        details: { limit: maxBytes },
      });
    }
    hash.update(chunk);
    sections.write(chunk);
  }
  const problem = sections.problem();
  if (problem === null) return { sha256: hash.digest('hex'), size };
  throw new FormatError('FORMAT_NOT_A_COMPONENT', `${whose}: ${problem}`, {
    hint: 'name the file of a whole WebAssembly component',
  });
}
