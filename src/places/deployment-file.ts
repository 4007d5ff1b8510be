// A deployment manifest on disk: read whole, written whole or not at all, and never in the place of something else.
import { canonicalBytes } from '../codec/canonical-json.ts';
import {
  type DeclaredComponent,
  type Deployment,
  MAX_DEPLOYMENT_BYTES,
  parseDeployment,
} from '../deployment/reading.ts';
import { deploymentText } from '../deployment/writing.ts';
import { readSmallFile, writeDurably } from '../disk/durable-file.ts';
import { type FileRef, type ReachedFile, reaching } from '../disk/fence.ts';
import { StateError, StoreError } from '../errors.ts';

/** @throws StoreError STORE_NOT_FOUND, STORE_UNSAFE_FILE, STORE_DENIED; PolicyError; FormatError as `parseDeployment` */
export async function readDeploymentFile(file: FileRef): Promise<Deployment> {
  return parseDeployment(await readSmallFile(file, MAX_DEPLOYMENT_BYTES));
}

/**
 * Writes a manifest of `components`, mode 0600. One that says the same is left alone, with its comments.
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
    const existing = await openExisting(reached);
    if (existing !== null && saysTheSame(existing.components, components)) return false;
    const written = await writeDurably(reached, [bytes], { replace: existing !== null });
    if (written === null) throw occupied(reached.path);
    return true;
  });
}

async function openExisting(file: ReachedFile): Promise<Deployment | null> {
  try {
    return await readDeploymentFile(file);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    if (error.code === 'STORE_NOT_FOUND') return null;
    if (error.kind === 'store') throw error;
    throw occupied(file.path, error);
  }
}

function saysTheSame(a: readonly DeclaredComponent[], b: readonly DeclaredComponent[]): boolean {
  return canonicalBytes(a).equals(canonicalBytes(b));
}

function occupied(file: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_EXISTS',
    `${file} exists and is not a deployment manifest that can be read, so it is not replaced`,
    { hint: 'choose another file name, or remove the file yourself', cause },
  );
}
