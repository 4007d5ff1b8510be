// Reads and writes deployment manifests on disk: written whole or not at all, and never over something else.
import { isDeepStrictEqual } from 'node:util';
import {
  type DeclaredComponent,
  type Deployment,
  MAX_DEPLOYMENT_BYTES,
  parseDeployment,
} from '../deployment/reading.ts';
import { deploymentText } from '../deployment/writing.ts';
import { readSmallFile, writeDurably } from '../disk/durable-file.ts';
import { type FileRef, reaching } from '../disk/paths/fence.ts';
import { aboutFile } from './about-file.ts';
import { occupied, openExisting } from './existing.ts';

const A_MANIFEST = 'a deployment manifest that can be read';

/** @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED; PolicyError; FormatError as `parseDeployment` */
export async function readDeploymentFile(file: FileRef): Promise<Deployment> {
  return aboutFile(file, async () => parseDeployment(await readSmallFile(file, MAX_DEPLOYMENT_BYTES)));
}

/**
 * Writes a manifest of `components`, mode 0600. An equal one is left alone, with its comments.
 * @returns whether anything was written
 * @throws StoreError STORE_EXISTS when something else than a manifest is there, STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE
 * @throws FormatError as `parseDeployment` when a path or name cannot be written so that every reader reads it alike
 */
export async function writeDeploymentFile(
  file: FileRef,
  components: readonly DeclaredComponent[],
): Promise<boolean> {
  const bytes = Buffer.from(deploymentText(components));
  parseDeployment(bytes);
  // What was looked at is what is replaced.
  return reaching(file, async (reached) => {
    const existing = await openExisting(reached, A_MANIFEST, readDeploymentFile);
    if (existing !== null && isDeepStrictEqual(existing.components, components)) return false;
    const written = await writeDurably(reached, [bytes], { replace: existing !== null });
    if (written === null) throw occupied(reached, A_MANIFEST);
    return true;
  });
}
