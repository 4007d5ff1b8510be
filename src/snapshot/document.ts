// The snapshot document, version 1: its schema, its types, and what it must satisfy beyond a schema (FORMAT.md, F-2 and F-3).
import * as z from 'zod';
import { canonicalBytes } from '../codec/canonical-json.ts';
import { isSha256, sha256Digest } from '../codec/digest.ts';
import { DEFAULT_LIMITS, type Limits } from '../codec/limits.ts';
import { FormatError, VerificationError } from '../errors.ts';
import { assertComponentId, byId, findIdClash, ID_PATTERN } from './component-id.ts';
import { readPolicies } from './policies.ts';

const seconds = z.int().min(0).max(253_402_300_799).describe('seconds since 1970-01-01T00:00:00Z');

export const ArtifactSchema = z.looseObject({
  sha256: z.string().refine(isSha256, 'must be 64 lower-case hex digits'),
  size: z.int().nonnegative(),
});

export const ToolMetadataSchema = z
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

export const PolicySchema = z.looseObject({
  content: z.string().describe('the policy file, byte for byte'),
  source_uri: z.string().describe('where the policy was attached from; "inline" when unknown'),
  created_at: seconds,
});

export const ComponentSchema = z.looseObject({
  // For the JSON Schema only: what breaks it gets an error of its own.
  component_id: z.string().meta({ pattern: ID_PATTERN.source }),
  source_uri: z.string().describe('where the bytes can be had again; ni:///sha-256;… when unknown'),
  artifact: ArtifactSchema,
  metadata: ToolMetadataSchema,
  policy: PolicySchema.nullable().optional(),
  keep_policy: z
    .boolean()
    .optional()
    .describe('true: an import leaves the policy of its host as it is; there is no policy here then'),
  secret_names: z.array(z.string()).optional(),
});

export const SnapshotMetadataSchema = z.looseObject({
  description: z.string().nullable().optional(),
  wassette_version: z.string().nullable().optional(),
  source: z.string().nullable().optional(),
  tags: z.record(z.string(), z.string()).nullable().optional(),
});

export const SnapshotDocumentSchema = z.looseObject({
  version: z.literal(1),
  created_at: seconds,
  metadata: SnapshotMetadataSchema.nullable().optional(),
  components: z.array(ComponentSchema),
  state_digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});

/** The carrier's additions to a component in a JSON file; not part of the document (F-2.2). */
export const CarriedComponentSchema = ComponentSchema.extend({
  include_binary: z.boolean().nullable().optional(),
  binary_data: z.string().nullable().optional().describe('the component, standard base64 with padding'),
});

/** A JSON file: the document and what the carrier adds. */
export const SnapshotFileSchema = SnapshotDocumentSchema.extend({
  components: z.array(CarriedComponentSchema),
  signatures: z.array(z.unknown()).optional(),
});

export type Artifact = z.infer<typeof ArtifactSchema>;
export type ToolMetadata = z.infer<typeof ToolMetadataSchema>;
export type SnapshotPolicy = z.infer<typeof PolicySchema>;
export type SnapshotComponent = z.infer<typeof ComponentSchema>;
export type SnapshotMetadata = z.infer<typeof SnapshotMetadataSchema>;
export type SnapshotDocument = z.infer<typeof SnapshotDocumentSchema>;

export const SNAPSHOT_VERSION = 1;
export const INLINE_POLICY = 'inline';

/** RFC 6920 name of bytes whose origin is unknown. */
export function niName(sha256: string): string {
  return `ni:///sha-256;${Buffer.from(sha256, 'hex').toString('base64url')}`;
}

/** The parts of a component that decide what a host runs. */
export interface StateComponent {
  component_id: string;
  artifact: { sha256: string; size: number };
  policy: string | null;
}

/** Equal for two hosts exactly when they would run the same code under the same policy text (F-2.4). */
export function stateDigest(components: readonly StateComponent[]): string {
  const sorted = [...components].sort(byId).map(({ component_id, artifact, policy }) => ({
    artifact: { sha256: artifact.sha256, size: artifact.size },
    component_id,
    policy,
  }));
  return sha256Digest(canonicalBytes({ version: 1, components: sorted }));
}

export function stateComponentOf(component: SnapshotComponent): StateComponent {
  return {
    component_id: component.component_id,
    artifact: component.artifact,
    policy: component.policy?.content ?? null,
  };
}

/** Refuses every version but ours. Called before anything else about a file is judged (F-2.1). */
export function checkVersion(version: unknown): void {
  if (version === SNAPSHOT_VERSION) return;
  // What is not a snapshot may be a secret that was named by mistake: nothing of it is quoted.
  const found = version === undefined ? 'none' : 'another';
  throw new FormatError('FORMAT_UNSUPPORTED_VERSION', `expected snapshot version 1, got ${found}`, {
    hint: 'a newer wassette-state may read it; a file without "version": 1 is not a snapshot',
    details: { expected: SNAPSHOT_VERSION },
  });
}

/**
 * Checks a parsed tree against every rule of F-2 and F-3, and returns it typed and unchanged: unknown fields stay.
 * @throws FormatError FORMAT_UNSUPPORTED_VERSION, FORMAT_INVALID, FORMAT_INVALID_ID, FORMAT_INVALID_POLICY, FORMAT_LIMIT_EXCEEDED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH when `state_digest` is not that of the components
 */
export function parseDocument(tree: unknown, limits: Limits = DEFAULT_LIMITS): SnapshotDocument {
  checkVersion((tree as { version?: unknown } | null)?.version);
  const parsed = SnapshotDocumentSchema.safeParse(tree);
  if (!parsed.success) throw invalidDocument(parsed.error);
  // The tree itself, not the schema's output: canonical bytes must come from what was read.
  const document = tree as SnapshotDocument;
  checkComponents(document, limits);
  const computed = stateDigest(document.components.map(stateComponentOf));
  if (computed !== document.state_digest) {
    throw new VerificationError(
      'VERIFY_DIGEST_MISMATCH',
      `state_digest: expected ${computed}, got ${document.state_digest}`,
      {
        hint: 'the snapshot was altered after it was made; get it again from its source',
        details: { expected: computed, found: document.state_digest },
      },
    );
  }
  return document;
}

/**
 * @throws FormatError FORMAT_LIMIT_EXCEEDED for a document that no reader with these limits would take (F-7),
 * FORMAT_INVALID_POLICY
 */
export function assertWithinLimits(document: SnapshotDocument, limits: Limits): void {
  const over = (what: string, found: number, limit: number) =>
    new FormatError('FORMAT_LIMIT_EXCEEDED', `${what} ${found} is over the limit of ${limit}`, {
      hint: 'export it in parts',
      remedy: { do: 'leave-out' },
      details: { limit },
    });
  const count = document.components.length;
  if (count > limits.components) throw over('a number of components of', count, limits.components);
  const size = documentBytes(document).length;
  if (size > limits.documentBytes) throw over('a document size of', size, limits.documentBytes);
  readPolicies(document.components, limits);
}

function checkComponents(document: SnapshotDocument, limits: Limits): void {
  const { components } = document;
  if (components.length > limits.components) assertWithinLimits(document, limits);
  components.forEach((component, index) => {
    assertComponentId(component.component_id, `components[${index}]`);
    if (component.artifact.size > limits.binaryBytes) {
      throw new FormatError(
        'FORMAT_LIMIT_EXCEEDED',
        `component "${component.component_id}": a binary of ${component.artifact.size} bytes is over the limit of ${limits.binaryBytes}`,
        { hint: 'leave the component out', details: { component_id: component.component_id } },
      );
    }
    const previous = components[index - 1];
    if (previous !== undefined && byId(previous, component) >= 0) {
      const same = previous.component_id === component.component_id;
      throw new FormatError(
        'FORMAT_INVALID',
        `components[${index}]: "${component.component_id}" ${same ? 'occurs twice' : 'is out of order'}`,
        {
          hint: 'components are sorted by component_id, each once',
          details: { component_id: component.component_id },
        },
      );
    }
  });
  const clash = findIdClash(components.map((c) => c.component_id));
  if (clash !== null) {
    throw new FormatError(
      'FORMAT_INVALID_ID',
      `components "${clash.first}" and "${clash.second}" ${clash.reason === 'case' ? 'differ only in case' : 'share one secrets file'}`,
      {
        hint: 'rename one of them',
        details: { first: clash.first, second: clash.second, reason: clash.reason },
      },
    );
  }
  for (const component of components) {
    if (component.keep_policy && component.policy) throw keepsAndBrings(component);
  }
  readPolicies(components, limits);
}

function keepsAndBrings({ component_id }: SnapshotComponent): FormatError {
  return new FormatError('FORMAT_INVALID', `component "${component_id}": keep_policy, and a policy`, {
    hint: 'a component brings a policy or leaves the one that is there (F-3.9); remove one of the two',
    details: { component_id },
  });
}

/** Bytes that the snapshot digest is taken over. */
export function documentBytes(document: SnapshotDocument): Buffer {
  return canonicalBytes(document);
}

/** The snapshot's name: `sha256:<hex>` of its canonical bytes. */
export function snapshotDigest(document: SnapshotDocument): string {
  return sha256Digest(documentBytes(document));
}

/** Keys of the format: an error names no others, since a file may not be a snapshot at all. */
export const FORMAT_KEYS: ReadonlySet<string> = new Set(
  [
    SnapshotFileSchema,
    SnapshotMetadataSchema,
    CarriedComponentSchema,
    ArtifactSchema,
    PolicySchema,
    ToolMetadataSchema,
    ToolMetadataSchema.shape.validation_stamp,
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

/**
 * Equal for two documents that say the same about the same state. Left out: when they were made, and what Wassette
 * had cached, which changes by itself. Writing such a document again would only make noise (F-5.4).
 */
export function contentsDigest(document: SnapshotDocument): string {
  const { created_at: _made, components, ...rest } = document;
  const lasting = components.map(({ metadata: _cached, policy, ...component }) => ({
    ...component,
    policy: policy ? { ...policy, created_at: 0 } : null,
  }));
  return sha256Digest(canonicalBytes({ ...rest, components: lasting }));
}
