// What the operator's policy says of an import, thing by thing. Changes nothing, and fetches no code.
import type { Reference } from '../../places/reference.ts';
import type { Verdict } from '../../plan/operator-policy/verdicts.ts';
import { desiredBy } from '../import/desired.ts';
import { type ImportOptions, Planning } from '../import/planning.ts';
import { placeToOpen } from '../places.ts';
import type { OpenOptions, Site } from '../site.ts';
import { sourceOf } from '../source.ts';

/**
 * In the order of the plan's steps; what is here already comes last.
 * @throws as `openSnapshot` and `planImportState`, but not POLICY_BEYOND_CAPS
 */
export async function judgeImport(
  reference: string | Reference,
  site: Site,
  options: ImportOptions & OpenOptions,
): Promise<readonly Verdict[]> {
  const { signal, onProgress, allowedSigners, mapDirs, without, overlay, componentFilter } = options;
  const place = await placeToOpen(reference, options, site);
  const opened = (await place.outline?.()) ?? (await place.open({ signal, onProgress }));
  const asked = { allowedSigners, mapDirs, without, overlay, componentFilter };
  const desired = await desiredBy({ ...opened, openedFrom: sourceOf(reference) }, site, asked);
  return (await Planning.survey(desired, site, options)).judge();
}
