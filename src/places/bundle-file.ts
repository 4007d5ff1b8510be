// A signature in a file of its own, as other tools take it.
import { readBundle } from '../codec/dsse/bundle.ts';
import { assertDirectoryOf, readSmallFile, writeDurably } from '../disk/durable-file.ts';
import { type ReachedFile, reaching } from '../disk/paths/fence.ts';
import { type CarriedSignature, signatureFile, signatureIn } from '../snapshot/signatures/signature.ts';
import { occupied, openExisting } from './existing.ts';

const A_BUNDLE = 'a Sigstore bundle';
const MAX_BYTES = 1024 * 1024;

/** To be called before anything is signed. @throws StoreError STORE_NOT_FOUND, STORE_EXISTS, STORE_UNSAFE_FILE */
export async function assertTakesBundle(file: string): Promise<void> {
  await assertDirectoryOf(file);
  await reaching(file, isThere);
}

/** @throws StoreError STORE_EXISTS where something else than a bundle is there; STORE_DENIED, STORE_NO_SPACE */
export async function writeBundleFile(file: string, signature: CarriedSignature): Promise<void> {
  await reaching(file, async (reached) => {
    const replace = await isThere(reached);
    const written = await writeDurably(reached, [signatureFile(signature).bytes], { replace, mode: 0o644 });
    if (written === null) throw occupied(reached, A_BUNDLE);
  });
}

async function isThere(file: ReachedFile): Promise<boolean> {
  const found = await openExisting(file, A_BUNDLE, async (reached) =>
    readBundle(signatureIn(await readSmallFile(reached, MAX_BYTES))),
  );
  return found !== null;
}
