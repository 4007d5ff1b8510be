// Refuses an import that will be refused in any case before any code is fetched for it.

import type { Reference } from '../../places/reference.ts';
import { assertNotWidening } from '../../plan/approval.ts';
import { placeToOpen } from '../places.ts';
import { trustIn } from '../signers.ts';
import type { OpenOptions, Site } from '../site.ts';
import { sourceOf } from '../source.ts';
import { desiredBy } from './desired.ts';
import { type ImportOptions, Planning } from './planning.ts';

/**
 * Judges the grants before code is fetched, whatever the code turns out to be.
 * @throws PolicyError POLICY_WIDENED, POLICY_BEYOND_CAPS; as `openSnapshot` and `planImportState`
 */
export async function refuseUnfetched(
  reference: string | Reference,
  site: Site,
  options: ImportOptions & OpenOptions,
): Promise<void> {
  const place = await placeToOpen(reference, options, site);
  const outline = await place.outline?.();
  if (!outline) return;
  const opened = { ...outline, openedFrom: sourceOf(reference) };
  const desired = await desiredBy(opened, site, trustIn(options));
  const plan = (await Planning.survey(desired, site, options)).plan('');
  if (options.neverWiden) assertNotWidening(plan);
}
