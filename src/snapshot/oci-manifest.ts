// The OCI image manifest of a snapshot, and the index of a layout, as values. The document is the config blob, so the config
// digest is the snapshot digest; each distinct binary is one layer.
import * as z from 'zod';
import { canonicalBytes } from '../codec/canonical-json.ts';
import { sha256Digest } from '../codec/digest.ts';
import { checking } from '../codec/json/checking.ts';
import { FormatError } from '../errors.ts';
import type { Document } from './document.ts';
import { descriptorOf, Layers, plainLayer } from './oci-layers.ts';
import { artifactsOf } from './schema.ts';
import type { Artifact, SnapshotDocument } from './shape.ts';

export const SNAPSHOT_MEDIA_TYPE = 'application/vnd.wassette-state.snapshot.v1+json';
export const MANIFEST_MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_MEDIA_TYPE = 'application/vnd.oci.image.index.v1+json';

/** 10,000 layers, each with the longest id, are 3.6 MB. */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
export const MAX_INDEX_BYTES = 64 * 1024 * 1024;

const TITLE = 'org.opencontainers.image.title';
export const CREATED = 'org.opencontainers.image.created';
export const DESCRIPTION = 'org.opencontainers.image.description';
export const REF_NAME = 'org.opencontainers.image.ref.name';

/** `toISOString` has no four-digit year beyond this. */
const LAST_SECOND_OF_9999 = 253_402_300_799;

const DescriptorSchema = z.looseObject({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits'),
  size: z.int().nonnegative(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const ManifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: DescriptorSchema,
  layers: z.array(DescriptorSchema),
  subject: DescriptorSchema.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const IndexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(DescriptorSchema),
});

// Written out, because the types of the library lead here, and whoever reads them has no zod.
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string> | undefined;
  [key: string]: unknown;
}

/** Any image manifest. */
export interface Image {
  schemaVersion: 2;
  mediaType?: string | undefined;
  artifactType?: string | undefined;
  config: Descriptor;
  layers: Descriptor[];
  /** The manifest that this one is about. */
  subject?: Descriptor | undefined;
  annotations?: Record<string, string> | undefined;
  [key: string]: unknown;
}

export interface Index {
  schemaVersion: 2;
  mediaType?: string | undefined;
  manifests: Descriptor[];
  [key: string]: unknown;
}

export interface SnapshotManifest {
  manifest: Image;
  /** What is stored, and what the manifest's own digest is computed from; the same for the same document. */
  bytes: Buffer;
  /** `sha256:<hex>` of `bytes`. */
  digest: string;
}

/**
 * The manifest that carries `document`.
 * @param layers how its code is kept; by default as it is, as signatures of the manifest have it
 */
export function manifestFor(document: Document, layers = new Layers([])): SnapshotManifest {
  const manifest: Image = {
    schemaVersion: 2,
    mediaType: MANIFEST_MEDIA_TYPE,
    artifactType: SNAPSHOT_MEDIA_TYPE,
    config: { mediaType: SNAPSHOT_MEDIA_TYPE, digest: document.digest, size: document.bytes.length },
    layers: descriptorsFor(document.tree, layers),
    annotations: snapshotAnnotations(document.tree),
  };
  const bytes = canonicalBytes(manifest);
  return { manifest, bytes, digest: sha256Digest(bytes) };
}

/** One layer per distinct binary, in the order of the first component that has it, which gives it its title. */
function descriptorsFor(document: SnapshotDocument, layers: Layers): Descriptor[] {
  const descriptors = new Map<string, Descriptor>();
  for (const { component_id, artifact } of document.components) {
    if (descriptors.has(artifact.sha256)) continue;
    const descriptor = descriptorOf(layers.find(artifact.sha256) ?? plainLayer(artifact));
    descriptors.set(artifact.sha256, {
      ...descriptor,
      annotations: { ...descriptor.annotations, [TITLE]: titleOf(component_id, descriptor) },
    });
  }
  return [...descriptors.values()];
}

/** What tools that unpack an image call the file. */
function titleOf(id: string, { mediaType }: Descriptor): string {
  return mediaType.endsWith('+gzip')
    ? `${id}.wasm.gz`
    : mediaType.endsWith('+zstd')
      ? `${id}.wasm.zst`
      : `${id}.wasm`;
}

/** Standard annotations, as far as the document has something for them. */
export function snapshotAnnotations(document: SnapshotDocument): Record<string, string> {
  const { description, source } = document.metadata ?? {};
  return {
    ...(document.created_at > LAST_SECOND_OF_9999
      ? {}
      : { [CREATED]: new Date(document.created_at * 1000).toISOString().replace('.000Z', 'Z') }),
    ...(source ? { [TITLE]: source } : {}),
    ...(description ? { [DESCRIPTION]: description } : {}),
  };
}

/** Each binary the document names once, whatever the number of components that share it. */
export function distinctArtifacts(document: SnapshotDocument): Artifact[] {
  return [...new Map(artifactsOf(document).map((artifact) => [artifact.sha256, artifact])).values()];
}

export function digestOf(artifact: { sha256: string }): string {
  return `sha256:${artifact.sha256}`;
}

/** The hex part of a descriptor's digest. */
export function sha256Of(descriptor: { digest: string }): string {
  return descriptor.digest.slice('sha256:'.length);
}

/** @throws FormatError FORMAT_LIMIT_EXCEEDED where what is described has more than `maxBytes` */
export function assertSize({ digest, size }: Descriptor, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `${digest}: ${size} bytes are over the limit of ${maxBytes}`,
    {
      hint: 'it is not a snapshot of this version, or was damaged',
      details: { limit: maxBytes },
    },
  );
}

/**
 * The tree of a manifest, typed and unchanged.
 * @throws FormatError FORMAT_INVALID when it is no manifest, FORMAT_NOT_A_SNAPSHOT when it carries something else
 */
export function parseManifest(tree: unknown): Image {
  const manifest = parseImage(tree);
  if (manifest.config.mediaType !== SNAPSHOT_MEDIA_TYPE) {
    throw new FormatError('FORMAT_NOT_A_SNAPSHOT', 'the manifest carries something other than a snapshot', {
      hint: 'the name or digest belongs to another kind of image',
      details: { expected: SNAPSHOT_MEDIA_TYPE },
    });
  }
  return manifest;
}

/** The tree of any image manifest, typed and unchanged. @throws FormatError FORMAT_INVALID */
export function parseImage(tree: unknown): Image {
  const parsed = ManifestSchema.safeParse(tree, checking(tree));
  if (!parsed.success) throw notOciJson('manifest', parsed.error);
  return tree as Image;
}

/** The tree of an index, typed and unchanged. @throws FormatError FORMAT_INVALID */
export function parseIndex(tree: unknown): Index {
  const parsed = IndexSchema.safeParse(tree, checking(tree));
  if (!parsed.success) throw notOciJson('index', parsed.error);
  return tree as Index;
}

/** Paths of ours only: keys of `annotations` are foreign text and end the path. */
function notOciJson(what: string, error: z.ZodError): FormatError {
  const problems = error.issues.slice(0, 10).map(({ path, message }) => {
    const known = path.slice(0, path.indexOf('annotations') + 1 || path.length);
    return `${known.join('.') || '(top level)'}: ${message}`;
  });
  return new FormatError('FORMAT_INVALID', `not an OCI ${what}: ${problems.join('; ')}`, {
    hint: 'it was damaged or made by a program that does not follow the OCI image specification',
    details: { problems },
  });
}
