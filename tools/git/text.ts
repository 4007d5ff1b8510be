// A snapshot as text that is compared line by line: `git diff` shows what changed, and not how a file is laid out. Left out is
// what changes by itself: times, digests of the whole, and what Wassette had cached beside the definitions of tools.
import { canonicalBytes } from '../../src/codec/canonical-json.ts';
import { quotedWhole, safeText } from '../../src/codec/safe-text.ts';
import { StateError } from '../../src/errors.ts';
import type { RangeReader } from '../../src/places/json/ranges.ts';
import { openRanges } from '../../src/places/json/reader.ts';
import type { Document } from '../../src/snapshot/document.ts';
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
    ...(document.sealed === null ? [] : ['secrets sealed']),
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

/** A definition says what an agent is told of a tool; where it is not known there is the name alone. */
function toolLines({ tool_names, tool_schemas }: ToolCache): string[] {
  const defined = new Map(tool_schemas.map((definition) => [nameIn(definition), definition]));
  return [...new Set([...tool_names, ...defined.keys()])].sort().flatMap((name) => {
    const { name: _shown, ...said } = { ...(defined.get(name) as { name?: unknown } | undefined) };
    return [`  tool ${quotedWhole(name)}`, ...fieldLines(said, '    ')];
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
