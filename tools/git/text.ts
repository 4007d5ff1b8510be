// A snapshot as text that is compared line by line: `git diff` shows what changed, and not how a file is laid out.
import { quotedWhole, safeText } from '../../src/codec/safe-text.ts';
import type { Document } from '../../src/snapshot/document.ts';
import type { SnapshotComponent } from '../../src/snapshot/shape.ts';

export function snapshotText(document: Document): string {
  const { metadata, components } = document.tree;
  const { description, tags } = metadata ?? {};
  const lines = [
    ...(description ? [`description ${quotedWhole(description)}`] : []),
    ...Object.entries(tags ?? {}).map(([key, value]) => `tag ${quotedWhole(key)} ${quotedWhole(value)}`),
    ...(document.sealed === null ? [] : ['secrets sealed']),
    ...components.flatMap((component) => ['', ...linesOf(component)]),
  ];
  return `${lines.join('\n').trim()}\n`;
}

function linesOf(component: SnapshotComponent): string[] {
  const { component_id, artifact, source_uri, metadata, policy, keep_policy, secret_names = [] } = component;
  return [
    `component ${quotedWhole(component_id)}`,
    `  code sha256 ${artifact.sha256} (${artifact.size} bytes)`,
    `  source ${quotedWhole(source_uri)}`,
    ...[...metadata.tool_names].sort().map((name) => `  tool ${quotedWhole(name)}`),
    ...secret_names.map((name) => `  secret ${quotedWhole(name)}`),
    ...(keep_policy ? ['  policy: that of its host'] : policy ? ['  policy:'] : ['  policy: none']),
    ...(policy?.content ?? '')
      .trimEnd()
      .split('\n')
      .filter(() => Boolean(policy))
      .map((line) => `    ${safeText(line, Number.POSITIVE_INFINITY)}`),
  ];
}
