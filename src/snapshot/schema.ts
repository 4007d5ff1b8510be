// The schema of the snapshot document, version 1 (FORMAT.md, F-2 and F-3); shape.ts has the types. Rules that no schema can
// express are in document.ts.
import * as z from 'zod';
import { isSha256 } from '../codec/digest.ts';
import { FormatError } from '../errors.ts';
import { ID_PATTERN } from './component-id.ts';
import type { Artifact, SnapshotDocument } from './shape.ts';

export const SNAPSHOT_DIGEST = /^sha256:[0-9a-f]{64}$/;
const MOST_PARENTS = 16;
const seconds = z.int().min(0).max(253_402_300_799).describe('seconds since 1970-01-01T00:00:00Z');

const ArtifactSchema = z.looseObject({
  sha256: z.string().refine(isSha256, 'must be 64 lower-case hex digits'),
  size: z.int().nonnegative(),
});

export const ToolCacheSchema = z
  .looseObject({
    component_id: z.string(),
    tool_schemas: z.array(z.unknown()),
    function_identifiers: z.array(z.unknown()),
    tool_names: z.array(z.string()),
    validation_stamp: z.looseObject({
      file_size: z.int().nonnegative(),
      mtime: z.int().nonnegative(),
      content_hash: z.string().nullable().optional(),
    }),
    created_at: seconds,
  })
  .describe('what Wassette had cached about the tools: for review only, never written to disk by an import');

const PolicySchema = z.looseObject({
  content: z.string().describe('the policy file, byte for byte'),
  source_uri: z.string().describe('where the policy was attached from; "inline" when unknown'),
  created_at: seconds,
});

export const ComponentSchema = z.looseObject({
  // For the JSON Schema only: what breaks it gets an error of its own.
  component_id: z.string().meta({ pattern: ID_PATTERN.source }),
  source_uri: z.string().describe('where the bytes can be had again; ni:///sha-256;… when unknown'),
  artifact: ArtifactSchema,
  metadata: ToolCacheSchema,
  policy: PolicySchema.nullable().optional(),
  keep_policy: z
    .boolean()
    .optional()
    .describe('true: an import leaves the policy of its host as it is; there is no policy here then'),
  secret_names: z.array(z.string()).optional(),
});

const SnapshotLabelsSchema = z.looseObject({
  description: z.string().nullable().optional(),
  wassette_version: z.string().nullable().optional(),
  source: z.string().nullable().optional(),
  tags: z.record(z.string(), z.string()).nullable().optional(),
});

export const SnapshotDocumentSchema = z.looseObject({
  version: z.literal(1),
  created_at: seconds,
  metadata: SnapshotLabelsSchema.nullable().optional(),
  components: z.array(ComponentSchema),
  state_digest: z.string().regex(SNAPSHOT_DIGEST),
  secrets: z
    .array(z.string())
    .nullable()
    .optional()
    .describe('the lines of a SOPS document with the values of secrets, sealed'),
  secret_identity: z
    .array(z.string())
    .nullable()
    .optional()
    .describe('the lines of an age identity that opens the secrets, itself sealed with a passphrase'),
  parents: z
    .array(z.string().regex(SNAPSHOT_DIGEST))
    .max(MOST_PARENTS)
    .optional()
    .describe('digests of the snapshots that this one was made from'),
});

/** The carrier's additions to a component in a JSON file; not part of the document (F-2.2). */
const CarriedComponentSchema = ComponentSchema.extend({
  include_binary: z.boolean().nullable().optional(),
  binary_data: z.string().nullable().optional().describe('the component, standard base64 with padding'),
});

/**
 * A JSON file: the document and what the carrier adds.
 * @internal exported because snapshot.schema.json is made from it
 */
export const SnapshotFileSchema = SnapshotDocumentSchema.extend({
  components: z.array(CarriedComponentSchema),
  signatures: z
    .array(z.unknown())
    .max(100)
    .optional()
    .describe('Sigstore bundles and SSH signatures of the document'),
});

export const SNAPSHOT_VERSION = 1 as const;
export const INLINE_POLICY = 'inline';

/** The artifacts of all components; one that several components have occurs several times. */
export function artifactsOf({ components }: SnapshotDocument): Artifact[] {
  return components.map(({ artifact }) => artifact);
}

/** RFC 6920 name of bytes whose origin is unknown. */
export function niName(sha256: string): string {
  return `ni:///sha-256;${Buffer.from(sha256, 'hex').toString('base64url')}`;
}

/** Refuses every version but ours. Called before anything else about a file is judged (F-2.1). */
export function checkVersion(version: unknown): void {
  if (version === SNAPSHOT_VERSION) return;
  // A file that is not a snapshot may be a secret, given by mistake: nothing of it is quoted.
  const isSnapshot = version !== undefined;
  const message = isSnapshot ? 'expected snapshot version 1, got another' : 'it has no snapshot version';
  throw new FormatError('FORMAT_UNSUPPORTED_VERSION', message, {
    hint: isSnapshot
      ? 'a newer wassette-state may read it; a file without "version": 1 is not a snapshot'
      : 'this is no snapshot, which has "version": 1: name a file that an export has written',
    details: { expected: SNAPSHOT_VERSION },
  });
}

/** Keys of the format. An error names no others, because the file may not be a snapshot at all. */
export const FORMAT_KEYS: ReadonlySet<string> = new Set(
  [
    SnapshotFileSchema,
    SnapshotLabelsSchema,
    CarriedComponentSchema,
    ArtifactSchema,
    PolicySchema,
    ToolCacheSchema,
    ToolCacheSchema.shape.validation_stamp,
  ].flatMap((schema) => Object.keys(schema.shape)),
);

/** The error for a tree of the wrong shape; it names every bad field, up to ten. */
export function invalidDocument(error: z.ZodError): FormatError {
  const problems = error.issues.map((issue) => {
    const path = issue.path
      .map((p) => (typeof p === 'number' ? `[${p}]` : FORMAT_KEYS.has(String(p)) ? `.${String(p)}` : '.*'))
      .join('');
    return `${path.replace(/^\./, '') || '(top level)'}: ${issue.message}`;
  });
  const shown = problems.slice(0, 10);
  return new FormatError(
    'FORMAT_INVALID',
    problems.length === 1 ? shown[0]! : `${problems.length} fields are wrong: ${shown.join('; ')}`,
    {
      hint: 'see FORMAT.md; the snapshot was not made by a program that follows it, or was edited by hand',
      details: { problems: shown },
    },
  );
}
