// Compares what a snapshot says about a component's tools with what its code says. A snapshot may be wrong, and models see
// tools by their names and descriptions.
import { canonicalBytes } from '../codec/canonical-json.ts';
import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import type { ComponentTools } from './tools.ts';

const SHOWN_NAMES = 5;

/** The differences, in words; none when the snapshot says nothing. `claimed` are tool objects as Wassette lists them. */
export function findFalseClaims(
  componentId: string,
  claimed: readonly unknown[],
  { tools }: ComponentTools,
): string[] {
  if (claimed.length === 0) return [];
  const said = new Map(claimed.map((tool) => [nameOf(tool), tool]));
  const real = new Map(tools.map((tool) => [tool.name, tool as unknown]));
  const unsaid = [...real.keys()].filter((name) => !said.has(name));
  const missing = [...said.keys()].filter((name) => !real.has(name));
  const different = [...real].filter(([name, tool]) => said.has(name) && !isSame(tool, said.get(name)));
  const id = quoted(componentId);
  const differences: [names: string[], problem: string][] = [
    [unsaid, `the code of ${id} has tools that the snapshot does not name`],
    [missing, `the snapshot names tools that the code of ${id} does not have`],
    [different.map(([name]) => name), `the snapshot describes tools of ${id} differently from its code`],
  ];
  return differences
    .filter(([names]) => names.length > 0)
    .map(([names, problem]) => `${problem}: ${fewOf(names.map(quoted), SHOWN_NAMES)}`);
}

/** Ignores the order of keys, which differs between versions of Wassette. */
function isSame(a: unknown, b: unknown): boolean {
  try {
    return Buffer.compare(canonicalBytes(a), canonicalBytes(b)) === 0;
  } catch {
    return false;
  }
}

function nameOf(tool: unknown): string {
  const name = typeof tool === 'object' && tool !== null ? (tool as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? name : '';
}
