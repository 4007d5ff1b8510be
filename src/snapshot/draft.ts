// Reads files of the earlier Rust draft, which have the same fields but no digests: these are computed from the binaries.
import * as z from 'zod';
import { VerificationError } from '../errors.ts';
import { assertComponentId, byId } from './component-id.ts';
import { ComponentSchema, invalidDocument } from './schema.ts';
import { stateComponentOf, stateDigest } from './state-digest.ts';

type Tree = { [key: string]: unknown };

/** Whether a parsed file lacks what only our own writer adds. */
export function isDraft(tree: Tree): boolean {
  const { components, state_digest } = tree;
  return (
    state_digest === undefined &&
    Array.isArray(components) &&
    components.every((c) => c?.artifact === undefined)
  );
}

/**
 * The document a draft stands for, components sorted; `carried` gives the binaries that are inside, by index.
 * @throws VerificationError VERIFY_PART_MISSING when a component has no binary: then nothing says what it was
 */
export function completeDraft(
  tree: Tree,
  carried: ReadonlyMap<number, { sha256: string; size: number }>,
): Tree {
  const components = listDraft(tree).map((component, index) => {
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
  components.sort(byId);
  return { ...tree, components, state_digest: stateDigest(components.map(stateComponentOf)) };
}

const DraftSchema = z.looseObject({ components: z.array(ComponentSchema.omit({ artifact: true })) });
export type DraftComponent = z.infer<typeof DraftSchema>['components'][number];

/** The components of a draft, which may lack its binaries. @throws FormatError FORMAT_INVALID, FORMAT_INVALID_ID */
export function listDraft(tree: Tree): DraftComponent[] {
  const parsed = DraftSchema.safeParse(tree);
  if (!parsed.success) throw invalidDocument(parsed.error);
  const components = tree.components as DraftComponent[]; // as read: unknown fields stay
  for (const { component_id } of components) assertComponentId(component_id, 'draft');
  return components;
}
