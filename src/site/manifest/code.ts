// Finds the code of a manifest's components: in the file that is named, in the local store, or by having Wassette fetch it.
import type { BlobName } from '../../codec/blob-name.ts';
import { quoted, safeText } from '../../codec/safe-text.ts';
import { shownUri } from '../../codec/shown-uri.ts';
import type { DeclaredComponent } from '../../deployment/reading.ts';
import type { Remarks } from '../../deployment/remarks.ts';
import type { BlobSource, Blobs } from '../../disk/blobs/blob.ts';
import { blobsOf, firstOf } from '../../disk/blobs/blobs.ts';
import { nameComponent } from '../../disk/blobs/component-bytes.ts';
import { readFileBytes } from '../../disk/blobs/file-bytes.ts';
import { nowSeconds } from '../../disk/clock.ts';
import { assertAllowed, fencedFile } from '../../disk/paths/fence.ts';
import { StateError, VerificationError } from '../../errors.ts';
import { codeOf } from '../../state/audit/line.ts';
import { codeFromOrigins, rememberOrigin } from '../../state/origins.ts';
import { withFetchedCode } from '../../wassette/live/program/fetched-code.ts';
import { realPathAsFarAsItExists } from '../../wassette/locations.ts';
import { noteFetch } from '../recording.ts';
import type { OpenOptions, Site } from '../site.ts';

export class ManifestCode {
  readonly #files: BlobSource[] = [];

  private constructor(
    private readonly site: Site,
    private readonly options: OpenOptions,
    private readonly remarks: Remarks,
    /** By URI, the bytes that were loaded from it here, newest first. */
    private readonly known: ReadonlyMap<string, readonly string[]>,
  ) {}

  /** @param remarks takes remarks about the code that is found */
  static async of(
    components: readonly DeclaredComponent[],
    site: Site,
    options: OpenOptions,
    remarks: Remarks,
  ): Promise<ManifestCode> {
    const remote = components.filter(({ uri }) => !uri.startsWith('file:'));
    const uris = new Set(remote.map(({ uri }) => shownUri(uri)));
    const known =
      uris.size === 0 ? new Map<string, string[]>() : await codeFromOrigins(site.host.state, uris);
    return new ManifestCode(site, options, remarks, known);
  }

  /** What was found so far, and whatever the store has. */
  get blobs(): Blobs {
    return firstOf([blobsOf(this.#files), this.site.store.blobs]);
  }

  /**
   * The code on this machine; null where it would have to be fetched.
   * @throws StoreError STORE_NOT_FOUND for a named file; FormatError FORMAT_NOT_A_COMPONENT; VerificationError VERIFY_DIGEST_MISMATCH
   */
  async find(declared: DeclaredComponent): Promise<BlobName | null> {
    return declared.uri.startsWith('file:') ? this.#inNamedFile(declared) : this.#inStore(declared);
  }

  /**
   * Has it fetched, and keeps it in the store, so that what was reviewed is what is imported. Null where nobody may fetch,
   * or nobody could tell what.
   * @throws StoreError STORE_UNREACHABLE; VerificationError VERIFY_DIGEST_MISMATCH
   */
  async fetch(declared: DeclaredComponent): Promise<BlobName | null> {
    const { loader } = this.options;
    const { uri, digest } = declared;
    const isImage = uri.startsWith('oci:');
    if (!loader || (isImage && digest !== null && !uri.endsWith(`@sha256:${digest}`))) return null;
    try {
      const artifact = await this.#throughWassette(declared, loader);
      await this.#note(declared, null);
      return artifact;
    } catch (error) {
      await this.#note(declared, codeOf(error));
      throw error;
    }
  }

  async #note({ component_id, uri }: DeclaredComponent, code: string | null): Promise<void> {
    for (const said of await noteFetch(this.site, { component_id, uri, code }))
      this.remarks.about(component_id, said);
  }

  async #throughWassette(declared: DeclaredComponent, loader: readonly string[]): Promise<BlobName> {
    const { signal } = this.options;
    const { host, store } = this.site;
    const { component_id: id, uri } = declared;
    return withFetchedCode(
      loader,
      { component_id: id, uri, within: host.state.scratch },
      async (file) => {
        const open = () => readFileBytes(file);
        const artifact = await nameComponent(open(), whose(declared), { signal });
        if (!uri.startsWith('oci:')) assertDigest(declared, artifact.sha256);
        await store.putBlobs([{ ...artifact, open }], { signal });
        await rememberOrigin(host.state, artifact.sha256, uri, nowSeconds());
        this.remarks.about(id, 'the code was fetched from its source by Wassette');
        return artifact;
      },
      signal,
    );
  }

  /** Links are followed, as Wassette does; what was checked is what is opened. */
  async #inNamedFile(declared: DeclaredComponent): Promise<BlobName> {
    const { allowDirs, signal } = this.options;
    const real = realPathAsFarAsItExists(declared.uri.slice('file://'.length));
    // What is in the component directory is this host's own.
    const allowed = allowDirs && [...allowDirs, this.site.host.componentDir];
    assertAllowed(real, allowed);
    const open = () => readFileBytes(fencedFile(real, allowed));
    try {
      const artifact = await nameComponent(open(), whose(declared), { signal });
      assertDigest(declared, artifact.sha256);
      this.#files.push({ ...artifact, open });
      return artifact;
    } catch (error) {
      const isGone = error instanceof StateError && error.code === 'STORE_NOT_FOUND';
      const stored =
        isGone && declared.digest !== null ? await this.#stored(declared.digest, declared) : null;
      if (stored === null) throw error;
      return stored;
    }
  }

  /** By the digest of its code, where the manifest gives that, else by what this host knows to be loaded from there. */
  async #inStore(declared: DeclaredComponent): Promise<BlobName | null> {
    const { component_id: id, uri, digest, grants } = declared;
    const isImage = uri.startsWith('oci:');
    if (!isImage && digest !== null) return this.#stored(digest, declared);
    // The digest of an image is not that of its code: it holds only where the source that is known names it, too.
    if (isImage && digest !== null && !uri.endsWith(`@sha256:${digest}`)) return null;
    for (const sha256 of this.known.get(shownUri(uri)) ?? []) {
      const found = await this.#stored(sha256, declared);
      if (found === null) continue;
      this.remarks.about(id, 'the code is what this host last loaded from its source; nothing was fetched');
      if (isImage && grants === null)
        this.remarks.about(id, 'the image may include a policy, which is not known here');
      return found;
    }
    return null;
  }

  async #stored(sha256: string, declared: DeclaredComponent): Promise<BlobName | null> {
    const { blobs } = this.site.store;
    const found = await blobs.find(sha256);
    if (found === null) return null;
    // The store holds other things than code, too.
    const { signal } = this.options;
    const named = await nameComponent(blobs.source(found).open(), whose(declared), { signal });
    if (named.sha256 !== sha256) throw mismatch(declared, sha256, named.sha256);
    return named;
  }
}

/** A component as a message names it. */
export function whose({ component_id, uri }: DeclaredComponent): string {
  return `component ${quoted(component_id)} (${safeText(shownUri(uri), 400)})`;
}

function assertDigest(declared: DeclaredComponent, found: string): void {
  const { digest } = declared;
  if (digest !== null && digest !== found) throw mismatch(declared, digest, found);
}

function mismatch(declared: DeclaredComponent, expected: string, found: string): VerificationError {
  return new VerificationError(
    'VERIFY_DIGEST_MISMATCH',
    `${whose(declared)}: expected sha256 ${expected}, got ${found}`,
    {
      hint: 'it is not the code that the manifest means; get the right file, or correct the digest if you trust this one',
      details: { expected, found },
    },
  );
}
