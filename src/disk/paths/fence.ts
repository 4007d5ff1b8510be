// The fence: files that must lie below certain directories. A path can lead elsewhere from one moment to the next, so a file
// is reached through its directory, which is opened first and checked once it is open.
import { type BigIntStats, constants, existsSync } from 'node:fs';
import { lstat, open, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { safeText } from '../../codec/safe-text.ts';
import { PolicyError } from '../../errors.ts';
import { isWithin } from '../../plan/directory-grants.ts';
import { whileDoing } from '../system-error.ts';

const DESCRIPTORS = '/proc/self/fd';
/** A Linux flag that node does not name. Enough to go through a directory that may not be listed. */
const O_PATH = 0o10000000;

/** Real paths. */
interface Fence {
  allowed: readonly string[];
  /** Directories that are not allowed although they lie below an allowed one. */
  except: readonly string[];
}

interface FencedFile {
  path: string;
  fence: Fence;
}

/** A file by its path, by its path within a fence, or in a directory that is held open. */
export type FileRef = string | FencedFile | ReachedFile;

/** Without allowed directories, any path is allowed. */
export function fencedFile(
  file: string,
  allowed: readonly string[] | undefined,
  except: readonly string[] = [],
): FileRef {
  return allowed === undefined ? file : { path: file, fence: { allowed, except } };
}

/** The path as people know it. */
export function pathOf(file: FileRef): string {
  return typeof file === 'string' ? file : file.path;
}

/** A file whose directory is held open while `reaching` runs. */
export class ReachedFile {
  constructor(
    readonly path: string,
    /** The directory, as the system must be asked for it. */
    readonly directory: string,
    private readonly fence: Fence | null,
  ) {}

  /** The path by which the system must be asked for the file. */
  get access(): string {
    return path.join(this.directory, path.basename(this.path));
  }

  /**
   * To be called once `access`, or a file beside it, is open and before a byte is read or written, and again before it
   * is renamed.
   * @throws PolicyError POLICY_OUTSIDE_FENCE
   */
  async confirm(access: string, opened: BigIntStats): Promise<void> {
    if (this.fence === null) return;
    if (this.directory.startsWith(`${DESCRIPTORS}/`))
      return assertInside(this.path, this.directory, this.fence);
    // By its path: that must still lead there, through no link, and to the very file that is open.
    const there = await lstat(access, { bigint: true }).catch(() => null);
    if (there?.ino !== opened.ino || there.dev !== opened.dev) throw outsideFence(this.path, this.fence);
    await assertInside(this.path, this.directory, this.fence);
  }
}

/**
 * Runs `work` with the file in its directory. On Linux that is the directory as it was opened, whatever happens to its
 * path; elsewhere `confirm` detects when the path led elsewhere.
 * @throws PolicyError POLICY_OUTSIDE_FENCE; StoreError STORE_NOT_FOUND, STORE_DENIED
 */
export async function reaching<T>(file: FileRef, work: (reached: ReachedFile) => Promise<T>): Promise<T> {
  if (file instanceof ReachedFile) return work(file);
  if (typeof file === 'string') return work(new ReachedFile(file, path.dirname(file), null));
  const { path: asked, fence } = file;
  const parent = path.dirname(asked);
  const doing = `open ${parent}`;
  if (!hasDescriptors()) {
    const directory = await whileDoing(doing, () => realpath(parent));
    await assertInside(asked, directory, fence);
    return work(new ReachedFile(asked, directory, fence));
  }
  const handle = await whileDoing(doing, () => open(parent, O_PATH | constants.O_DIRECTORY));
  try {
    const directory = `${DESCRIPTORS}/${handle.fd}`;
    await assertInside(asked, directory, fence);
    return await work(new ReachedFile(asked, directory, fence));
  } finally {
    await handle.close();
  }
}

function hasDescriptors(): boolean {
  return process.platform === 'linux' && existsSync(DESCRIPTORS);
}

/** Where a directory is now: the kernel's word for one that is open, what its path leads to for another. */
async function assertInside(asked: string, directory: string, fence: Fence): Promise<void> {
  const isOpen = directory.startsWith(`${DESCRIPTORS}/`);
  const real = await (isOpen ? readlink(directory) : realpath(directory)).catch(() => null);
  const isIn = (outer: string) => isWithin(real!, outer);
  if (real === null || !fence.allowed.some(isIn) || fence.except.some(isIn)) throw outsideFence(asked, fence);
  if (!isOpen && real !== directory) throw outsideFence(asked, fence);
}

/** Checked before anything is opened, so that nobody learns what is outside. @throws PolicyError POLICY_OUTSIDE_FENCE */
export function assertAllowed(real: string, allowed: readonly string[] | undefined): void {
  if (allowed !== undefined && !allowed.some((dir) => isWithin(real, dir)))
    throw outsideFence(real, { allowed });
}

function outsideFence(asked: string, { allowed }: Pick<Fence, 'allowed'>): PolicyError {
  const named = allowed.map((dir) => safeText(dir, 400)).join(', ') || 'none';
  return new PolicyError(
    'POLICY_OUTSIDE_FENCE',
    `${safeText(asked, 400)} is outside the directories this server may use (${named})`,
    {
      hint: allowed.length > 0 ? 'use a file below one of these, or the local store' : 'use the local store',
      remedy: { do: 'allow-dir' },
      details: { path: safeText(asked, 400), allowed: allowed.slice(0, 10) },
    },
  );
}
