// Reads the state of a reference for a comparison. Writes nothing.

import type { BlobName } from '../codec/blob-name.ts';
import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import { type DerivedInterface, toolNamesOf } from '../component/derived-interface.ts';
import { StateError } from '../errors.ts';
import type { OpenSnapshot, PartialSnapshot } from '../places/place.ts';
import { plainReference, type Reference } from '../places/reference.ts';
import type { State, StatedComponent } from '../plan/comparison/state-difference.ts';
import { statedComponent } from '../plan/comparison/stated-component.ts';
import { rightsIn } from '../policy/policy.ts';
import { parseVersion, withoutPolicy } from '../policy/wassette-versions.ts';
import type { Policies } from '../snapshot/policies.ts';
import { CodeReadings } from './fit/readings.ts';
import { readInterface } from './import/code-check.ts';
import { asksForOverlay, type OverlayOptions } from './overlay-options.ts';
import { placeToOpen } from './places.ts';
import type { OpenOptions, Site } from './site.ts';

export interface StateWithCode extends State {
  notes: readonly string[];
  codeReadings: CodeReadings;
  /** Those that were read, which need not be read again. */
  policies: Policies;
}

/**
 * One that lacks code is compared as far as it says something.
 * @param overlay what this host is to get of it otherwise
 * @param known policies that were read before
 * @throws as `openSnapshot` and `overlayOn`
 */
export async function stateAt(
  reference: string | Reference,
  site: Site,
  options: OpenOptions,
  overlay: OverlayOptions = {},
  known?: Policies,
): Promise<StateWithCode> {
  const { signal, onProgress } = options;
  const label = typeof reference === 'string' ? reference : plainReference(reference);
  const place = await placeToOpen(reference, options, site);
  try {
    const opened = await place.open({ signal, onProgress, known });
    return await stateIn(label, opened, overlay, signal);
  } catch (error) {
    const isPartial = error instanceof StateError && !asksForOverlay(overlay);
    const partial = isPartial ? await place.withoutCode?.(error, signal) : null;
    if (!partial) throw error;
    return partialState(label, partial);
  }
}

async function stateIn(
  label: string,
  { content, blobs, notes, manifestLines }: OpenSnapshot,
  overlay: OverlayOptions,
  signal?: AbortSignal,
): Promise<StateWithCode> {
  const components: StatedComponent[] = [];
  const overlaid = asksForOverlay(overlay)
    ? (await (await import('./overlay.ts')).overlayOn(content, overlay)).policies
    : null;
  const codeReadings = CodeReadings.verifying(({ artifact }) => readInterface(artifact, blobs, signal));
  for (const component of content.tree.components) {
    const { component_id, artifact, metadata } = component;
    const { tool_names, tool_schemas } = metadata;
    const isSaid = tool_names.length > 0 && tool_schemas.length > 0;
    const found = isSaid ? null : await codeReadings.read({ component_id, artifact });
    const names = tool_names.length === 0 ? namesIn(found) : tool_names;
    const policy = overlaid?.get(component_id)?.policy ?? content.policyOf(component);
    components.push({
      ...statedComponent(component, policy, names),
      toolLists: known(tool_schemas.length === 0 ? found?.tools?.tools : tool_schemas),
      // A manifest has no place for names of secrets.
      ...(manifestLines === undefined ? {} : { secretNames: null }),
    });
  }
  const version = parseVersion(content.tree.metadata?.wassette_version ?? '');
  return {
    label,
    components,
    withoutPolicy: withoutPolicy(version),
    notes: [...notes, ...unsaidIn(components)],
    codeReadings,
    policies: content.policies,
  };
}

/** What a reference does not say, such as a manifest, is not compared. */
function unsaidIn(components: readonly StatedComponent[]): string[] {
  const namesSecrets = components.every(({ secretNames }) => secretNames !== null);
  const kept = components.filter(({ rights }) => rights === null);
  return [
    ...(namesSecrets ? [] : ['secrets are not compared: the reference names none']),
    ...(kept.length === 0
      ? []
      : [
          `policies that stay as they are on a host are not compared: ${fewOf(kept.map(({ component_id }) => quoted(component_id)))}`,
        ]),
  ];
}

/**
 * With the tools of what has neither tools nor code of its own, where the very same code is on the other side: it says them.
 * @throws as `readInterface`
 */
export async function withToolsOfSameCode(
  state: StateWithCode,
  { components, codeReadings }: StateWithCode,
): Promise<StateWithCode> {
  const others = new Map(components.map((component) => [component.component_id, component]));
  const found: StatedComponent[] = [];
  for (const component of state.components) {
    const { component_id, code, toolLists = [] } = component;
    const other = others.get(component_id);
    const artifact = other === undefined ? null : artifactOf(other.code);
    const isSame = artifact !== null && artifact.sha256 === code.sha256;
    const isDue = isSame && toolLists.length === 0 && (other!.toolLists ?? []).length > 0;
    const read = isDue ? await codeReadings.read({ component_id, artifact }) : null;
    found.push(read?.tools ? { ...component, toolLists: [read.tools.tools] } : component);
  }
  return { ...state, components: found };
}

function artifactOf({ sha256, size }: StatedComponent['code']): BlobName | null {
  return sha256 === null || size === null ? null : { sha256, size };
}

export function namesIn(found: DerivedInterface | null): readonly string[] | null {
  return found && toolNamesOf(found);
}

function known(list: readonly unknown[] | null | undefined): (readonly unknown[])[] {
  return list ? [list] : [];
}

function partialState(label: string, { components, notes }: PartialSnapshot): StateWithCode {
  const stated = components.map(({ component_id, sha256, source_uri, tools, policy }) => ({
    component_id,
    code: { sha256, size: null, sourceUri: source_uri },
    tools: tools.length === 0 ? null : tools,
    rights:
      policy === 'kept' ? null : rightsIn(policy === null ? null : Buffer.from(policy.text), component_id),
    policyText: policy === 'kept' || policy === null ? null : policy.text,
    secretNames: null,
  }));
  return {
    label,
    components: stated,
    withoutPolicy: 'unknown',
    notes: [...notes, ...unsaidIn(stated)],
    codeReadings: CodeReadings.none(),
    policies: new Map(),
  };
}
