// What is sure to be refused is refused before anything is fetched for it.

import { parseReference } from '../places/reference.ts';
import { assertNotWidening } from '../plan/approval.ts';
import { desiredBy } from './desired.ts';
import { type OpenOptions, outlineDeployment } from './open-deployment.ts';
import { type ImportOptions, Planning } from './planning.ts';
import { openSite } from './site.ts';

/**
 * For an import that may not widen: judges what a manifest grants, whatever the code turns out to be.
 * @throws PolicyError POLICY_WIDENED; as `openSnapshot` and `planImportState`
 */
export async function refuseWideningUnfetched(
  reference: string,
  options: ImportOptions & OpenOptions,
): Promise<void> {
  const parsed = parseReference(reference);
  if (parsed.kind !== 'deployment') return;
  const outline = await outlineDeployment(parsed.path, options);
  if (outline === null) return;
  const site = await openSite(options);
  const planning = await Planning.survey(desiredBy(outline, site), site, options);
  assertNotWidening(planning.plan(''));
}
