// Files of the earlier Rust draft: the same fields without digests. What is missing is computed from the binaries.
import * as z from 'zod';
import { VerificationError } from '../errors.ts';
import { ComponentSchema, stateComponentOf, stateDigest } from '../model/snapshot.ts';

type Tree = { [key: string]: unknown };

/** Whether a parsed file lacks what only our own writer adds. */
export function isDraft(tree: Tree): boolean {
  const components = Array.isArray(tree.components) ? tree.components : [];
  return tree.state_digest === undefined && components.every((c) => isObject(c) && c.artifact === undefined);
}

/**
 * The document a draft stands for, components sorted; `carried` gives the binaries that are inside, by index.
 * @throws VerificationError VERIFY_PART_MISSING when a component has no binary: then nothing says what it was
 */
export function completeDraft(
  tree: Tree,
  carried: ReadonlyMap<number, { sha256: string; size: number }>,
): Tree {
  const components = (tree.components as Tree[]).map((component, index) => {
    const binary = carried.get(index);
    if (binary === undefined) {
      throw new VerificationError(
        'VERIFY_PART_MISSING',
        `components[${index}]: a file of the earlier draft without this binary`,
        {
          hint: 'such a file can only be listed; export again with this program, or with the binaries included',
          details: { index },
        },
      );
    }
    return { ...component, artifact: { sha256: binary.sha256, size: binary.size } };
  });
  components.sort((a: Tree, b: Tree) => (String(a.component_id) < String(b.component_id) ? -1 : 1));
  const parsed = z.array(ComponentSchema).safeParse(components);
  // Left without a digest, a document of the wrong shape is reported as such by the check that follows.
  if (!parsed.success) return { ...tree, components };
  return { ...tree, components, state_digest: stateDigest(parsed.data.map(stateComponentOf)) };
}

function isObject(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
