// A snapshot as text that is compared line by line: `git diff` shows what changed, and not how a file is laid out. Left out is
// what changes by itself: times, digests of the whole, and what Wassette had cached beside the definitions of tools.
import { canonicalBytes } from '../../src/codec/canonical-json.ts';
import { sha256Digest } from '../../src/codec/digest.ts';
import { quotedWhole, safeText } from '../../src/codec/safe-text.ts';
import { StateError } from '../../src/errors.ts';
import type { RangeReader } from '../../src/places/json/ranges.ts';
import { openRanges } from '../../src/places/json/reader.ts';
import type { Document } from '../../src/snapshot/document.ts';
import { INLINE_POLICY } from '../../src/snapshot/schema.ts';
import type { SnapshotComponent, SnapshotPolicy, ToolCache } from '../../src/snapshot/shape.ts';

/** A file of git's as it is shown: what cannot be read as a snapshot stays as it is, or git would give up all of a diff. */
export async function shownText(file: Buffer): Promise<Buffer> {
  const range: RangeReader = async function* (start, end) {
    yield file.subarray(start, end);
  };
  try {
    return Buffer.from(snapshotText((await openRanges(range)).content));
  } catch (error) {
    if (error instanceof StateError) return file;
    throw error;
  }
}

function snapshotText(document: Document): string {
  const { version, created_at, metadata, components, state_digest, secrets, secret_identity, ...others } =
    document.tree;
  const { description, tags, ...labels } = metadata ?? {};
  const { parents, ...fields } = others;
  const lines = [
    ...(description ? [`description ${quotedWhole(description)}`] : []),
    ...Object.entries(tags ?? {}).map(([key, value]) => `tag ${quotedWhole(key)} ${quotedWhole(value)}`),
    ...fieldLines({ ...labels, ...fields }, ''),
    ...sealedLines(document),
    ...components.flatMap((component) => ['', ...linesOf(component)]),
  ];
  return `${lines.join('\n').trim()}\n`;
}

function linesOf(component: SnapshotComponent): string[] {
  const { component_id, artifact, source_uri, metadata, policy, keep_policy, secret_names, ...others } =
    component;
  const { sha256, size, ...aboutCode } = artifact;
  return [
    `component ${quotedWhole(component_id)}`,
    `  code sha256 ${sha256} (${size} bytes)`,
    `  source ${quotedWhole(source_uri)}`,
    ...fieldLines({ ...aboutCode, ...others }, '  '),
    ...toolLines(metadata),
    ...(secret_names ?? []).map((name) => `  secret ${quotedWhole(name)}`),
    ...policyLines(policy ?? null, keep_policy ?? false),
  ];
}

/** Whose they are and who can open them; whether the values are others shows in the digest alone. */
function sealedLines({ sealed, tree: { secrets, secret_identity } }: Document): string[] {
  if (sealed === null) return [];
  return [
    `secrets sealed, ${sha256Digest(canonicalBytes({ secrets, secret_identity }))}`,
    ...sealed.recipients.map((recipient) => `  for ${quotedWhole(recipient)}`),
    ...(secret_identity ? ['  and for whoever has the passphrase'] : []),
    ...[...sealed.names].flatMap(([id, names]) =>
      names.map((name) => `  of ${quotedWhole(id)}: ${quotedWhole(name)}`),
    ),
  ];
}

/** A definition says what an agent is told of a tool; where it is not known there is the name alone. */
function toolLines({ tool_names, tool_schemas }: ToolCache): string[] {
  const defined = tool_schemas.map((definition) => ({ name: nameIn(definition), definition }));
  const known = new Set(defined.map(({ name }) => name));
  const others = [...new Set(tool_names)].filter((name) => !known.has(name));
  return [...defined, ...others.map((name) => ({ name, definition: { name } }))]
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .flatMap(({ name, definition }) => {
      const isObject = typeof definition === 'object' && !Array.isArray(definition);
      const { name: said, ...more } = isObject ? { ...(definition as { name?: unknown }) } : {};
      const fields = isObject ? { ...more, ...(said === name ? {} : { name: said }) } : { definition };
      return [`  tool ${quotedWhole(name)}`, ...fieldLines(fields, '    ')];
    });
}

function nameIn(definition: unknown): string {
  const { name } = { ...(definition as { name?: unknown } | null) };
  return typeof name === 'string' ? name : '';
}

function policyLines(policy: SnapshotPolicy | null, isKept: boolean): string[] {
  if (policy === null) return [isKept ? '  policy: that of its host' : '  policy: none'];
  const { content, source_uri, created_at, ...others } = policy;
  const lines = content.trimEnd().split('\n');
  return [
    ...fieldLines(others, '  '),
    ...(source_uri === INLINE_POLICY ? [] : [`  policy from ${quotedWhole(source_uri)}`]),
    '  policy:',
    ...lines.map((line) => `    ${safeText(line, Number.POSITIVE_INFINITY)}`),
  ];
}

/** Fields that have no words of their own, and those of later versions: each with its JSON, in one order of keys. */
function fieldLines(fields: object, margin: string): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => {
      const json = JSON.stringify(JSON.parse(canonicalBytes(value).toString()), null, 2);
      const [first, ...more] = json.split('\n').map((line) => safeText(line, Number.POSITIVE_INFINITY));
      return [`${margin}${quotedWhole(key)} ${first}`, ...more.map((line) => `${margin}${line}`)];
    });
}
