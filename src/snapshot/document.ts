// A snapshot's document as a value: a tree that satisfies every rule of FORMAT.md (F-2, F-3, F-7). Made once, where it is
// read or built, and passed on.
import { canonicalBytes } from '../codec/canonical-json.ts';
import { sha256Digest } from '../codec/digest.ts';
import { checking } from '../codec/json/checking.ts';
import { LIMITS } from '../codec/limits.ts';
import { FormatError, VerificationError } from '../errors.ts';
import type { Policy } from '../policy/policy.ts';
import { assertComponentId, byId, clashInWords, findIdClash } from './component-id.ts';
import { type Policies, readPolicies } from './policies.ts';
import { checkVersion, invalidDocument, SnapshotDocumentSchema } from './schema.ts';
import { checkSealedIdentity, readSealedSecrets, type SealedSecrets } from './sealed-secrets.ts';
import type { SnapshotComponent, SnapshotDocument } from './shape.ts';
import { stateComponentOf, stateDigest } from './state-digest.ts';

export class Document {
  #bytes: Buffer | undefined;
  #digest: string | undefined;
  #sealed: SealedSecrets | null | undefined;

  /** @param policies those of its components; `readDocument` and `documentOf` know that the rest is right, too */
  constructor(
    readonly tree: SnapshotDocument,
    readonly policies: Policies,
  ) {}

  /** The same, made from the snapshot with this digest. */
  madeFrom(parent: string): Document {
    return new Document({ ...this.tree, parents: [parent] }, this.policies);
  }

  /** The RFC 8785 form, which is digested. @throws FormatError FORMAT_LIMIT_EXCEEDED where no reader would take it (F-7) */
  get bytes(): Buffer {
    if (this.#bytes === undefined) {
      const bytes = canonicalBytes(this.tree);
      if (bytes.length > LIMITS.documentBytes)
        throw overLimit('a document size of', bytes.length, LIMITS.documentBytes);
      this.#bytes = bytes;
    }
    return this.#bytes;
  }

  /** The snapshot's name: `sha256:<hex>` of `bytes`. @throws as `bytes` */
  get digest(): string {
    this.#digest ??= sha256Digest(this.bytes);
    return this.#digest;
  }

  /** The secrets that it carries, sealed; null for none. @throws FormatError FORMAT_INVALID_SECRETS, FORMAT_LIMIT_EXCEEDED */
  get sealed(): SealedSecrets | null {
    const { secrets, components } = this.tree;
    this.#sealed ??= secrets
      ? readSealedSecrets(
          secrets,
          components.map((c) => c.component_id),
        )
      : null;
    return this.#sealed;
  }

  /** Null for a component without a policy. */
  policyOf({ policy }: SnapshotComponent): Policy | null {
    if (!policy) return null;
    const read = this.policies.get(policy.content);
    if (read === undefined) throw new TypeError('not a component of this document');
    return read;
  }
}

/**
 * Checks a parsed tree against every rule of F-2 and F-3; it is kept unchanged, unknown fields and all.
 * @param known policies that were read before
 * @throws FormatError FORMAT_UNSUPPORTED_VERSION, FORMAT_INVALID, FORMAT_INVALID_ID, FORMAT_INVALID_POLICY,
 * FORMAT_INVALID_SECRETS, FORMAT_LIMIT_EXCEEDED
 * @throws VerificationError VERIFY_DIGEST_MISMATCH when `state_digest` is not that of the components
 */
export function readDocument(tree: unknown, known?: Policies): Document {
  checkVersion((tree as { version?: unknown } | null)?.version);
  const parsed = SnapshotDocumentSchema.safeParse(tree, checking(tree));
  if (!parsed.success) throw invalidDocument(parsed.error);
  // The tree itself, not the schema's output: canonical bytes must come from what was read.
  const document = tree as SnapshotDocument;
  checkComponents(document);
  const { policies, problems } = readPolicies(document.components, known);
  for (const problem of problems.values()) throw problem;
  checkStateDigest(document);
  const read = new Document(document, policies);
  checkSecrets(read);
  return read;
}

/** What is sealed is judged as far as that can be done without a key. */
function checkSecrets({ sealed, tree: { secret_identity: identity } }: Document): void {
  if (!identity) return;
  if (sealed === null) {
    throw new FormatError(
      'FORMAT_INVALID_SECRETS',
      'secret_identity: there are no secrets that it could open',
      {
        hint: 'see FORMAT.md; the snapshot was edited by hand',
      },
    );
  }
  checkSealedIdentity(identity);
}

function checkStateDigest({ components, state_digest: found }: SnapshotDocument): void {
  const expected = stateDigest(components.map(stateComponentOf));
  if (expected === found) return;
  throw new VerificationError('VERIFY_DIGEST_MISMATCH', `state_digest: expected ${expected}, got ${found}`, {
    hint: 'the snapshot was altered after it was made; get it again from its source',
    details: { expected, found },
  });
}

/** @throws FormatError FORMAT_LIMIT_EXCEEDED for more than a document may have (F-7) */
export function assertCountWithinLimit({ length }: readonly unknown[]): void {
  if (length > LIMITS.components) throw overLimit('a number of components of', length, LIMITS.components);
}

function overLimit(what: string, found: number, limit: number): FormatError {
  return new FormatError('FORMAT_LIMIT_EXCEEDED', `${what} ${found} is over the limit of ${limit}`, {
    hint: 'export it in parts',
    remedy: { do: 'leave-out' },
    details: { limit },
  });
}

function checkComponents({ components }: SnapshotDocument): void {
  assertCountWithinLimit(components);
  components.forEach((component, index) => {
    assertComponentId(component.component_id, `components[${index}]`);
    if (component.artifact.size > LIMITS.binaryBytes) {
      throw new FormatError(
        'FORMAT_LIMIT_EXCEEDED',
        `component "${component.component_id}": a binary of ${component.artifact.size} bytes is over the limit of ${LIMITS.binaryBytes}`,
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
      `components "${clash.first}" and "${clash.second}" ${clashInWords(clash)}`,
      {
        hint: 'rename one of them',
        details: { first: clash.first, second: clash.second, reason: clash.reason },
      },
    );
  }
  for (const component of components) {
    if (component.keep_policy && component.policy) throw keepsAndBrings(component);
  }
}

function keepsAndBrings({ component_id }: SnapshotComponent): FormatError {
  return new FormatError(
    'FORMAT_INVALID',
    `component "${component_id}": it has both keep_policy and a policy`,
    {
      hint: 'a component either brings a policy or keeps the one of its host (F-3.9); remove one of the two',
      details: { component_id },
    },
  );
}
