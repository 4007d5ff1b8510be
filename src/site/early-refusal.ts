// Refuses an import that will be refused in any case before any code is fetched for it.

import type { Reference } from '../places/reference.ts';
import { assertNotWidening } from '../plan/approval.ts';
import { desiredBy } from './desired.ts';
import { placeToOpen } from './places.ts';
import { type ImportOptions, Planning } from './planning.ts';
import type { OpenOptions, Site } from './site.ts';

/**
 * For an import that must not widen: judges the grants before code is fetched, whatever the code turns out to be.
 * @throws PolicyError POLICY_WIDENED; as `openSnapshot` and `planImportState`
 */
export async function refuseWideningUnfetched(
  reference: string | Reference,
  site: Site,
  options: ImportOptions & OpenOptions,
): Promise<void> {
  const place = await placeToOpen(reference, options, site);
  const outline = await place.outline?.();
  if (!outline) return;
  const planning = await Planning.survey(await desiredBy(outline, site, {}), site, options);
  assertNotWidening(planning.plan(''));
}
