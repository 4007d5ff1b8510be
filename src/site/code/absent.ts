// Code that an import needs and that is neither on the target, in the snapshot nor in the local store: where the snapshot says
// that it can be had.
import type { BlobName } from '../../codec/blob-name.ts';
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import type { Blobs } from '../../disk/blobs/blob.ts';
import { VerificationError } from '../../errors.ts';
import type { PlanOptions, TargetState } from '../../plan/target.ts';
import { comingAmong } from '../import/code-check.ts';
import type { Desired } from '../import/desired.ts';

export interface AbsentCode {
  readonly component_id: string;
  readonly artifact: BlobName;
  /** What the snapshot says: anybody can have written it. */
  readonly uri: string;
}

/** @param code what is on the target, in the snapshot or in the store */
export async function absentCode(
  { components, sources }: Desired,
  target: TargetState,
  code: Blobs,
  options: PlanOptions,
): Promise<AbsentCode[]> {
  if (sources.size === 0) return [];
  const absent: AbsentCode[] = [];
  for (const { component_id, artifact } of comingAmong(components, target, options))
    if (!(await code.has(artifact))) absent.push({ component_id, artifact, uri: sources.get(component_id)! });
  return absent;
}

/** @param filed those of them that the snapshot says are in files */
export function codeMissing(ids: readonly string[], filed: readonly string[] = []): VerificationError {
  const files =
    filed.length === 0
      ? ''
      : '; a file that a snapshot names as the source is not read, since anybody can name it';
  return new VerificationError(
    'VERIFY_PART_MISSING',
    `the code of ${fewOf(ids.map(quoted))} is neither in the snapshot nor on this host${files}`,
    {
      hint: 'get the snapshot with its code, or import only what is here',
      remedy: { do: 'carry-code' },
      details: { component_ids: ids.slice(0, 100) },
    },
  );
}
