// Reads the states that a comparison compares: that of a reference, or that of this host. Writes nothing.
import { toolNamesOf } from '../component/derived-interface.ts';
import { StateError } from '../errors.ts';
import type { OpenSnapshot, PartialSnapshot } from '../places/place.ts';
import type { State, StatedComponent } from '../plan/state-difference.ts';
import { statedComponent } from '../plan/stated-component.ts';
import { isUnread, secretsOf } from '../plan/stored-secrets.ts';
import { rightsIn } from '../policy/policy.ts';
import { parseVersion, withoutPolicy } from '../policy/wassette-versions.ts';
import { cachedToolNames } from '../snapshot/tool-cache.ts';
import { readInterface } from './code-check.ts';
import { CodeReadings } from './fit/readings.ts';
import { ToolReadings } from './listing/tool-readings.ts';
import { placeToOpen } from './places.ts';
import type { OpenOptions, Site } from './site.ts';

export interface StateWithCode extends State {
  notes: readonly string[];
  codeReadings: CodeReadings;
}

/** One that lacks code is compared as far as it says something. @throws as `openSnapshot` */
export async function stateAt(reference: string, site: Site, options: OpenOptions): Promise<StateWithCode> {
  const { signal, onProgress } = options;
  const place = await placeToOpen(reference, options, site);
  try {
    return await stateIn(reference, await place.open({ signal, onProgress }), signal);
  } catch (error) {
    const partial = error instanceof StateError ? await place.withoutCode?.(error, signal) : null;
    if (!partial) throw error;
    return partialState(reference, partial);
  }
}

async function stateIn(
  label: string,
  { content, blobs, notes, manifestLines }: OpenSnapshot,
  signal?: AbortSignal,
): Promise<StateWithCode> {
  const components: StatedComponent[] = [];
  const readings = new ToolReadings();
  const codeReadings = CodeReadings.verifying(({ artifact }) => readInterface(artifact, blobs, signal));
  for (const component of content.tree.components) {
    const { artifact, metadata } = component;
    let tools: readonly string[] = metadata.tool_names;
    if (readings.isDueFor(tools)) {
      const found = await codeReadings.read({ component_id: component.component_id, artifact });
      tools = (found && toolNamesOf(found)) ?? [];
    }
    const stated = statedComponent(component, content.policyOf(component), tools);
    // A manifest has no place for names of secrets.
    components.push(manifestLines === undefined ? stated : { ...stated, secretNames: null });
  }
  const version = parseVersion(content.tree.metadata?.wassette_version ?? '');
  return { label, components, withoutPolicy: withoutPolicy(version), notes, codeReadings };
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
  };
}

/** @throws StoreError STORE_UNSUPPORTED, STORE_CHANGING, STORE_OTHER_HOST */
export async function stateHere({ host }: Site, signal?: AbortSignal): Promise<StateWithCode> {
  const remarks = await host.components.remarks(signal);
  const { installed } = await host.components.list();
  const secrets = await host.secrets();
  const readings = new ToolReadings();
  const components = (await host.components.read(installed, signal)).flatMap((component) => {
    const { component_id, artifact, policy, toolCache } = component;
    if (artifact === null) return [];
    const cached = cachedToolNames(toolCache?.bytes);
    const stored = secretsOf(secrets, component_id);
    return {
      component_id,
      code: { sha256: artifact.sha256, size: artifact.size, sourceUri: null },
      tools: readings.isDueFor(cached) ? (toolNamesOf(host.interfaceOf({ component_id })) ?? []) : cached,
      rights: host.rightsOf(component),
      policyText: policy === null ? null : policy.bytes.toString('utf8'),
      secretNames: isUnread(stored) ? null : stored,
    };
  });
  return {
    label: host.componentDir,
    codeReadings: CodeReadings.on(host),
    components,
    withoutPolicy: (await host.components.surroundings(signal)).withoutPolicy,
    notes: remarks,
  };
}
