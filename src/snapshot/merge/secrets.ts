// Which sealed secrets a joined snapshot has. With what opens them they are one thing, and tied to one state (F-13.2).
import { isDeepStrictEqual } from 'node:util';
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { type Side, sideToTake } from '../../policy/merge/three-way.ts';
import type { Document } from '../document.ts';
import type { SnapshotDocument } from '../shape.ts';

type SealedFields = Pick<SnapshotDocument, 'secrets' | 'secret_identity'>;

/** Those of the joined snapshot, and what a reader should know of those that it lacks. */
export interface MergedSecrets {
  fields: SealedFields;
  notes: readonly string[];
}

const BOTH: readonly Side[] = ['ours', 'theirs'];

/**
 * Where both sides changed them, nobody can say which values count and who may open them: then none come along.
 * @param stateDigest of the joined snapshot: sealed for another state nobody could open them
 */
export function mergedSecrets(
  sides: Record<Side, Document> & { base: Document | null },
  stateDigest: string,
): MergedSecrets {
  const { ours, theirs } = sides;
  const fields = { base: fieldsOf(sides.base), ours: fieldsOf(ours), theirs: fieldsOf(theirs) };
  const side = sideToTake(fields);
  if (side === null) {
    const why = (each: Side) => `both sides changed the sealed secrets, and those of ${each} are left out`;
    return { fields: {}, notes: BOTH.flatMap((each) => leftOut(sides[each], why(each))) };
  }
  const isOfState = BOTH.some(
    (each) => sides[each].tree.state_digest === stateDigest && isDeepStrictEqual(fields[each], fields[side]),
  );
  if (isOfState) return { fields: fields[side], notes: [] };
  const why = `the sealed secrets of ${side} are for its own state, and are left out`;
  return { fields: {}, notes: leftOut(sides[side], why) };
}

function fieldsOf(document: Document | null): SealedFields {
  const { secrets, secret_identity } = document?.tree ?? {};
  return { ...(secrets ? { secrets } : {}), ...(secret_identity ? { secret_identity } : {}) };
}

function leftOut({ sealed }: Document, why: string): string[] {
  if (sealed === null) return [];
  const names = [...sealed.names].map(
    ([id, each]) => `${quoted(id)}: ${each.map((name) => quoted(name)).join(', ')}`,
  );
  return [`${why}: ${fewOf(names)}`];
}
