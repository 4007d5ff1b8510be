// Reads the states that a comparison compares: that of a reference, or that of this host. Writes nothing.
import { utf8Text } from '../codec/utf8.ts';
import { type DerivedInterface, toolNamesOf } from '../component/derived-interface.ts';
import { StateError } from '../errors.ts';
import type { OpenSnapshot, PartialSnapshot } from '../places/place.ts';
import type { State, StatedComponent } from '../plan/state-difference.ts';
import { statedComponent } from '../plan/stated-component.ts';
import { isUnread, secretsOf } from '../plan/stored-secrets.ts';
import { rightsIn } from '../policy/policy.ts';
import { parseVersion, withoutPolicy } from '../policy/wassette-versions.ts';
import type { Policies } from '../snapshot/policies.ts';
import { cachedToolNames, cachedTools } from '../snapshot/tool-cache.ts';
import { readInterface } from './code-check.ts';
import { CodeReadings } from './fit/readings.ts';
import { ToolReadings } from './listing/tool-readings.ts';
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
  reference: string,
  site: Site,
  options: OpenOptions,
  overlay: OverlayOptions = {},
  known?: Policies,
): Promise<StateWithCode> {
  const { signal, onProgress } = options;
  const place = await placeToOpen(reference, options, site);
  try {
    const opened = await place.open({ signal, onProgress, known });
    return await stateIn(reference, opened, overlay, signal);
  } catch (error) {
    const isPartial = error instanceof StateError && !asksForOverlay(overlay);
    const partial = isPartial ? await place.withoutCode?.(error, signal) : null;
    if (!partial) throw error;
    return partialState(reference, partial);
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
  const readings = new ToolReadings();
  const codeReadings = CodeReadings.verifying(({ artifact }) => readInterface(artifact, blobs, signal));
  for (const component of content.tree.components) {
    const { component_id, artifact, metadata } = component;
    const { tool_names, tool_schemas } = metadata;
    const isDue = readings.isDueFor(tool_names.length === 0 ? [] : tool_schemas);
    const found = isDue ? await codeReadings.read({ component_id, artifact }) : null;
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
  const { policies } = content;
  return { label, components, withoutPolicy: withoutPolicy(version), notes, codeReadings, policies };
}

function namesIn(found: DerivedInterface | null): readonly string[] {
  return (found && toolNamesOf(found)) ?? [];
}

function known(list: readonly unknown[] | null | undefined): (readonly unknown[])[] {
  return list ? [list] : [];
}

function partialState(label: string, { components, notes }: PartialSnapshot): StateWithCode {
  return {
    label,
    components: components.map(({ component_id, sha256, source_uri, tools, policy }) => ({
      component_id,
      code: { sha256, size: null, sourceUri: source_uri },
      tools,
      rights:
        policy === 'kept' ? null : rightsIn(policy === null ? null : Buffer.from(policy.text), component_id),
      policyText: policy === 'kept' || policy === null ? null : policy.text,
      secretNames: null,
    })),
    withoutPolicy: 'unknown',
    notes,
    codeReadings: CodeReadings.none(),
    policies: new Map(),
  };
}

/** @throws StoreError STORE_UNSUPPORTED, STORE_CHANGING, STORE_OTHER_HOST */
export async function stateHere({ host }: Site, signal?: AbortSignal): Promise<StateWithCode> {
  const remarks = await host.components.remarks(signal);
  const { installed } = await host.components.list();
  const secrets = await host.secrets();
  const running = await host.components.toolLists(signal);
  const readings = new ToolReadings();
  const components = (await host.components.read(installed, signal)).flatMap((component) => {
    const { component_id, artifact, policy, toolCache, wasmMtimeSeconds: mtimeSeconds } = component;
    if (artifact === null) return [];
    const cached = cachedToolNames(toolCache?.bytes);
    const inCache = cachedTools(toolCache?.bytes, { ...artifact, mtimeSeconds });
    const isDue = readings.isDueFor(inCache === null ? [] : cached);
    const found = isDue ? host.interfaceOf({ component_id }) : null;
    const stored = secretsOf(secrets, component_id);
    return {
      component_id,
      code: { sha256: artifact.sha256, size: artifact.size, sourceUri: null },
      tools: cached.length === 0 ? namesIn(found) : cached,
      toolLists: [
        ...known(inCache ?? found?.tools?.tools),
        ...running.flatMap((lists) => known(lists.get(component_id))),
      ],
      rights: host.rightsOf(component),
      policyText: policy === null ? null : (utf8Text(policy.bytes) ?? null),
      secretNames: isUnread(stored) ? null : stored,
    };
  });
  return {
    label: host.componentDir,
    codeReadings: CodeReadings.on(host),
    policies: new Map(),
    components,
    withoutPolicy: (await host.components.surroundings(signal)).withoutPolicy,
    notes: remarks,
  };
}
