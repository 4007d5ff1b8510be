// An image with the code of components: one of Wassette's, or a snapshot. Only its code is read.
import type { BlobName } from '../../codec/blob-name.ts';
import type { BlobSource } from '../../disk/blobs/blob.ts';
import { FormatError, StoreError } from '../../errors.ts';
import type { HttpClient } from '../../net/http.ts';
import { Layers } from '../../snapshot/oci-layers.ts';
import { type Image, INDEX_MEDIA_TYPE, MANIFEST_MEDIA_TYPE, sha256Of } from '../../snapshot/oci-manifest.ts';
import { LayerBlobs } from '../oci/layers/blobs.ts';
import { readImage } from '../oci/stored-snapshot.ts';
import type { RegistryReference } from '../references/registry.ts';
import type { Credentials } from './auth/credentials.ts';
import { RegistryBlobs } from './blobs.ts';
import { readManifest } from './manifests.ts';
import { Repository } from './repository.ts';

/** What Wassette takes for the code; of several the first. */
const CODE = [
  'application/wasm',
  'application/vnd.wasm.component.v1',
  'application/vnd.bytecodealliance.wasm.component.layer.v0+wasm',
];
/** What Wassette takes for a policy of it. */
const POLICY = [
  'application/vnd.wasm.policy.v1+yaml',
  'application/vnd.wassette.policy+yaml',
  'application/x-yaml',
  'text/yaml',
];
const LISTS = [INDEX_MEDIA_TYPE, 'application/vnd.docker.distribution.manifest.list.v2+json'];

export class ComponentImage {
  private constructor(
    private readonly image: Image,
    private readonly blobs: RegistryBlobs,
  ) {}

  /**
   * @throws StoreError STORE_NOT_FOUND; FormatError FORMAT_NOT_A_COMPONENT where it is a list of images, FORMAT_INVALID; as
   * `readManifest`
   */
  static async at(
    reference: RegistryReference,
    http: HttpClient,
    credentials: Credentials,
    signal: AbortSignal | undefined,
  ): Promise<ComponentImage> {
    const { text, digest, tag } = reference;
    const repository = new Repository(reference, 'read', http, credentials);
    const found = await readManifest(repository, digest ?? tag!, signal);
    if (found === null) throw notFound(text);
    if (LISTS.includes(found.mediaType)) throw notOne(text);
    const blobs = new RegistryBlobs(repository, signal, found);
    const descriptor = { mediaType: MANIFEST_MEDIA_TYPE, digest: found.digest, size: found.bytes.length };
    return new ComponentImage(await readImage(blobs, descriptor), blobs);
  }

  /** SHA-256 of each layer of code that is not compressed, in order. */
  get code(): readonly string[] {
    return this.image.layers.filter(({ mediaType }) => CODE.includes(mediaType)).map(sha256Of);
  }

  get hasPolicy(): boolean {
    return this.image.layers.some(({ mediaType }) => POLICY.includes(mediaType));
  }

  /** Null where none of its layers is this code. */
  async find(code: BlobName): Promise<BlobSource | null> {
    if (this.code.includes(code.sha256)) return this.blobs.source(code);
    const layers = Layers.in(this.image);
    return layers.find(code.sha256) === null ? null : new LayerBlobs(layers, this.blobs).source(code);
  }
}

function notFound(text: string): StoreError {
  return new StoreError('STORE_NOT_FOUND', `there is no image ${text}`, {
    hint: 'it was removed there, or never was: get the snapshot with its code',
    remedy: { do: 'carry-code' },
    details: { reference: text },
  });
}

function notOne(text: string): FormatError {
  return new FormatError('FORMAT_NOT_A_COMPONENT', `${text} is a list of images, and none of them is named`, {
    hint: 'get the snapshot with its code',
    remedy: { do: 'carry-code' },
    details: { reference: text },
  });
}
