// Writes a deployment manifest as text: always in the same way, so that equal manifests are equal texts.
import { Document, Scalar, type YAMLMap } from 'yaml';
import { NOTHING_GRANTED } from '../policy/name-rules.ts';
import { isNothing } from './expressible.ts';
import type { DeclaredLimits, Grants } from './grants.ts';
import type { DeclaredComponent } from './reading.ts';

const SAYS_NOTHING =
  ' Allows nothing: no variable can have this name. Empty permissions would leave the policy of the host as it is.';

/** The manifest of these components. Names are not checked here: the reader decides whether it is a valid manifest. */
export function deploymentText(components: readonly DeclaredComponent[]): string {
  const document = new Document(
    { version: 1, components: components.map(entryOf) },
    { aliasDuplicateObjects: false },
  );
  for (const [index, { grants }] of components.entries()) {
    if (grants === null || !isNothing(grants)) continue;
    const permissions = document.getIn(['components', index, 'permissions']) as YAMLMap;
    permissions.commentBefore = SAYS_NOTHING;
  }
  // In double quotes nothing is taken for something else than text.
  return document.toString({ defaultKeyType: 'PLAIN', defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 });
}

function entryOf({ uri, name, digest, grants, limits }: DeclaredComponent): object {
  return {
    uri,
    name: name ?? undefined,
    digest: digest === null ? undefined : word(`sha256:${digest}`),
    permissions: { ...(grants === null ? {} : sectionsOf(grants)), resources: resourcesOf(limits) },
  };
}

function sectionsOf(grants: Grants): object {
  const { network, storage, environment } = isNothing(grants)
    ? { network: [], storage: [], environment: [NOTHING_GRANTED] }
    : grants;
  return {
    network: allowing(network.map((host) => ({ host }))),
    storage: allowing(storage.map(({ uri, access }) => ({ uri, access: access.map(word) }))),
    environment: allowing(environment.map((key) => ({ key }))),
  };
}

function allowing(entries: readonly object[]): object | undefined {
  return entries.length === 0 ? undefined : { allow: entries };
}

/** Of a few, none of which could be taken for something else. */
function word(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = 'PLAIN';
  return scalar;
}

function resourcesOf({ memoryBytes, cpuTimeMs }: DeclaredLimits): object | undefined {
  if (memoryBytes === null && cpuTimeMs === null) return undefined;
  const number = (digits: string | null) => (digits === null ? undefined : BigInt(digits));
  return { memory_bytes: number(memoryBytes), cpu_time_ms: number(cpuTimeMs) };
}
