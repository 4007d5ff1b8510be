// Whether an approving call for a plan that was applied asks for that import: its answer is not to be read as the success of
// something else.
import { sha256Hex } from '../../codec/digest.ts';
import { ConflictError, PolicyError, StateError } from '../../errors.ts';
import type { Reference } from '../../places/reference.ts';
import type { Document } from '../../snapshot/document.ts';
import { asksForOverlay, type OverlayOptions } from '../overlay-options.ts';
import { placeToOpen } from '../places.ts';
import type { OpenOptions, Site } from '../site.ts';
import type { EarlierImport } from './plan-outcome.ts';

/** What such a call asks for. */
interface Asked extends OverlayOptions {
  reference: string | Reference;
  componentFilter?: readonly string[] | undefined;
  skipExisting?: boolean | undefined;
  removeExtra?: boolean | undefined;
}

/**
 * Compares as far as what is recorded allows: which snapshot it was, where the one that is asked for can still be opened, and
 * whether these options could have done it.
 * @throws ConflictError CONFLICT_STALE_PLAN; PolicyError as `openSnapshot`
 */
export async function assertSameImport(
  earlier: EarlierImport,
  asked: Asked,
  site: Site,
  options: OpenOptions,
): Promise<void> {
  const { source, planDigest } = earlier;
  const content = await contentAt(asked.reference, site, options);
  const digest = content?.digest ?? null;
  const isOther = digest !== null && digest !== source;
  const isSame = !isOther && couldHaveDone(earlier, asked);
  if (isSame && (content === null || (await hasItsPolicies(earlier, content, asked)))) return;
  const asks = isOther ? `for the snapshot ${digest}` : 'with other options';
  throw new ConflictError(
    'CONFLICT_STALE_PLAN',
    `that plan was another one, which was applied from ${source}; this call asks ${asks}, and did nothing`,
    {
      hint: 'plan again and review that',
      remedy: { do: 'plan-again' },
      details: { approved: planDigest, applied: source, asked: digest },
    },
  );
}

/** Null where it cannot be opened any more. */
async function contentAt(
  reference: Asked['reference'],
  site: Site,
  options: OpenOptions,
): Promise<Document | null> {
  try {
    const place = await placeToOpen(reference, options, site);
    return (await place.open({ signal: options.signal })).content;
  } catch (error) {
    if (error instanceof StateError && !(error instanceof PolicyError)) return null;
    throw error;
  }
}

/** Whether the policies that were written are those of the snapshot with this overlay, or without one. */
async function hasItsPolicies(
  { components }: EarlierImport,
  content: Document,
  asked: Asked,
): Promise<boolean> {
  const overlaid = asksForOverlay(asked)
    ? await (await import('../overlay.ts')).overlayOn(content, asked)
    : null;
  const changes = new Map(components.map((change) => [change.component_id, change]));
  return content.tree.components.every((component) => {
    const change = changes.get(component.component_id);
    if (change === undefined || change.action === 'remove' || component.keep_policy) return true;
    const policy = overlaid?.policies.get(component.component_id)?.policy ?? content.policyOf(component);
    return change.policy === (policy && sha256Hex(policy.text));
  });
}

function couldHaveDone({ components }: EarlierImport, asked: Asked): boolean {
  const { componentFilter, skipExisting = false, removeExtra = false } = asked;
  return components.every(({ component_id, action }) => {
    if (action === 'remove') return removeExtra;
    if (componentFilter !== undefined && !componentFilter.includes(component_id)) return false;
    return !(skipExisting && action === 'replace');
  });
}
