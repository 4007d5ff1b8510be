// The place that is a tag, or a digest, in a repository of an OCI registry.
import { levelOf } from '../../codec/compression/compression.ts';
import { quoted } from '../../codec/safe-text.ts';
import type { Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { FormatError, StoreError, UsageError } from '../../errors.ts';
import type { HttpClient } from '../../net/http.ts';
import { saysTheSame } from '../../snapshot/contents.ts';
import type { Document } from '../../snapshot/document.ts';
import { Layers } from '../../snapshot/oci-layers.ts';
import { type Image, MANIFEST_MEDIA_TYPE, manifestFor, parseManifest } from '../../snapshot/oci-manifest.ts';
import type { Policies } from '../../snapshot/policies.ts';
import type { CarriedSignature } from '../../snapshot/signatures/signature.ts';
import { LayerBlobs } from '../oci/layers/blobs.ts';
import { notesOn } from '../oci/layers/notes.ts';
import { madeSignatures } from '../oci/signatures.ts';
import { findDocument, nullIfDamaged, readImage, readSnapshot } from '../oci/stored-snapshot.ts';
import type {
  Documents,
  OpeningOptions,
  OpenSnapshot,
  Place,
  PlacedSnapshot,
  SigningOptions,
  Wanted,
  WritingOptions,
  WrittenSnapshot,
} from '../place.ts';
import { type RegistryReference, registryReference } from '../references/registry.ts';
import { allOf, sharingAllBut, type Transfer } from '../transfer.ts';
import type { Credentials } from './auth/credentials.ts';
import { RegistryBlobs } from './blobs.ts';
import { putManifest } from './manifests.ts';
import { isMissingBlob } from './problems.ts';
import { type FoundManifest, findManifest, pullSignatures } from './pull.ts';
import { pushCode, pushReferrers, pushSmall } from './push.ts';
import type { Alone } from './referrers.ts';
import { Repository } from './repository.ts';

/** A snapshot that is at the place. */
interface Found extends FoundManifest {
  readonly document: Document;
  readonly layers: Layers;
}

export class RegistryPlace implements Place {
  constructor(
    private readonly reference: RegistryReference,
    private readonly http: HttpClient,
    private readonly credentials: Credentials,
    private readonly alone: Alone,
  ) {}

  async open({ signal, known }: OpeningOptions): Promise<OpenSnapshot> {
    const repository = this.#repository('read');
    const { document, descriptor, layers, blobs } = await this.#find(repository, signal, known);
    const signatures = await pullSignatures(repository, descriptor.digest, signal);
    const code = new LayerBlobs(layers, blobs);
    return { content: document, blobs: code, signatures, notes: [], carriesBinaries: true };
  }

  async documents({ signal }: TransferOptions): Promise<Documents> {
    const blobs = new RegistryBlobs(this.#repository('read'), signal);
    return { document: (digest) => findDocument(blobs, digest) };
  }

  async assertTakes({ compress }: Wanted): Promise<void> {
    if (compress !== undefined) levelOf(compress);
    await findOurs(this.#repository('write'), this.#tagToWrite(), undefined);
  }

  async sign(options: SigningOptions): Promise<WrittenSnapshot> {
    const repository = this.#repository('write');
    return this.#sign(repository, await this.#find(repository, options.signal), options);
  }

  async write(wanted: Document, blobs: Blobs, options: WritingOptions): Promise<PlacedSnapshot> {
    const { signal } = options;
    const repository = this.#repository('write');
    const tag = this.#tagToWrite();
    const present = await findOurs(repository, tag, signal);
    const found = present && (await intact(wanted, present));
    const says = found !== null && saysTheSame(found.document, wanted) ? found : null;
    const isCopy = options.signatures !== undefined;
    const same = isCopy && says?.document.digest !== wanted.digest ? null : says;
    if (same) return placed(await this.#sign(repository, same, options), same.layers, options);
    const document = options.isNext && found !== null ? wanted.madeFrom(found.document.digest) : wanted;
    const known = present === null ? new Layers([]) : Layers.in(present.image);
    const push = async (isSure: boolean) => {
      const { layers, sent } = await pushCode(repository, document, blobs, known, isSure, options);
      const { bytes, digest } = manifestFor(document, layers);
      await pushSmall(repository, [document.bytes], signal);
      await putManifest(repository, digest, { bytes, mediaType: MANIFEST_MEDIA_TYPE }, signal);
      return { layers, sent, bytes, digest };
    };
    // What the tag names is there, as long as the registry does not say otherwise.
    const pushed = await push(found !== null).catch((error) => {
      if (!isMissingBlob(error)) throw error;
      return push(false);
    });
    const { layers, sent, bytes, digest } = pushed;
    const manifest = { bytes, mediaType: MANIFEST_MEDIA_TYPE };
    const descriptor = { mediaType: MANIFEST_MEDIA_TYPE, digest, size: bytes.length };
    // It may have been there before, under another tag or none.
    const there = await pullSignatures(repository, digest, signal);
    const signed = madeSignatures(options, document, descriptor, there);
    await pushReferrers(repository, descriptor, signed.referrers, this.alone, signal);
    await findOurs(repository, tag, signal);
    await putManifest(repository, tag, manifest, signal);
    const transfer = sharingAllBut(sent, document.tree);
    const written = this.#written({ document, descriptor }, signed.signatures, { transfer, changed: true });
    return placed(written, layers, options);
  }

  async #sign(repository: Repository, found: Found, options: SigningOptions): Promise<WrittenSnapshot> {
    const { signal } = options;
    const { document, descriptor } = found;
    const present = await pullSignatures(repository, descriptor.digest, signal);
    const made = madeSignatures(options, document, descriptor, present);
    await pushReferrers(repository, descriptor, made.referrers, this.alone, signal);
    const changed = made.referrers.length > 0;
    return this.#written(found, made.signatures, { transfer: allOf(document.tree, 'skipped'), changed });
  }

  #repository(access: 'read' | 'write'): Repository {
    return new Repository(this.reference, access, this.http, this.credentials);
  }

  /** Of what is pinned, the digest alone counts. */
  async #find(repository: Repository, signal: AbortSignal | undefined, known?: Policies): Promise<Found> {
    const { digest, tag } = this.reference;
    const found = await findManifest(repository, digest ?? tag!, signal);
    if (found === null) throw notFound(this.reference);
    return { ...found, ...(await readSnapshot(found.blobs, found.descriptor, known)) };
  }

  /** @throws UsageError USAGE_BAD_ARGUMENT for a digest, which nobody can choose */
  #tagToWrite(): string {
    const { digest, tag, text } = this.reference;
    if (digest === null) return tag!;
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `${quoted(text)} has a digest, which follows from what is written`,
      {
        hint: 'give a tag, or the repository alone',
      },
    );
  }

  #written(
    { document, descriptor }: Pick<Found, 'document' | 'descriptor'>,
    signatures: readonly CarriedSignature[],
    what: { transfer: Transfer; changed: boolean },
  ): WrittenSnapshot {
    const { host, repository, tag } = this.reference;
    const reference = registryReference(host, repository, tag, descriptor.digest).text;
    return { ...what, reference, digest: document.digest, document: document.tree, signatures };
  }
}

function placed(written: WrittenSnapshot, { codec }: Layers, options: WritingOptions): PlacedSnapshot {
  const notes = notesOn(options, codec, written.transfer);
  return { ...written, carriesBinaries: true, isManifest: false, notes };
}

/**
 * What the tag names now; null for nothing.
 * @throws StoreError STORE_EXISTS where that is no snapshot
 */
async function findOurs(
  repository: Repository,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<(FoundManifest & { image: Image }) | null> {
  try {
    const found = await findManifest(repository, tag, signal);
    if (found === null) return null;
    return { ...found, image: parseManifest(await readImage(found.blobs, found.descriptor)) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new StoreError(
      'STORE_EXISTS',
      `${repository.uri}:${tag} is there and is not a snapshot, so it is not replaced`,
      {
        hint: 'choose another tag, or remove that one yourself',
        cause: error,
      },
    );
  }
}

/** The snapshot that is there. One that is damaged says nothing, and is replaced. @param document has policies that were read */
async function intact(document: Document, present: FoundManifest): Promise<Found | null> {
  const { descriptor, blobs } = present;
  const found = await readSnapshot(blobs, descriptor, document.policies).catch(nullIfDamaged);
  return found && { ...present, ...found };
}

function notFound({ text, digest }: RegistryReference): StoreError {
  return new StoreError('STORE_NOT_FOUND', `there is no ${quoted(text)}`, {
    hint:
      digest === null
        ? 'check the repository and the tag; some registries say this to whoever may not look'
        : 'the digest is that of the manifest, which a tag may name no more, and not that of the snapshot',
    details: { reference: text },
  });
}
