// A deployment manifest as text: one way to write each, so that an equal one is written alike.

import { NOTHING_GRANTED } from '../policy/rules.ts';
import { isNothing } from './expressible.ts';
import type { Grants } from './grants.ts';
import type { DeclaredComponent } from './reading.ts';

/** The manifest of these components. Its reader decides whether it is one: names are written as they are. */
export function deploymentText(components: readonly DeclaredComponent[]): string {
  return ['version: 1', 'components:', ...components.flatMap(linesOf)].map((line) => `${line}\n`).join('');
}

function linesOf({ uri, name, digest, grants, limits }: DeclaredComponent): string[] {
  const permissions = [
    ...(grants === null ? [] : grantLines(grants)),
    ...(limits.memoryBytes === null && limits.cpuTimeMs === null
      ? []
      : [
          'resources:',
          ...(limits.memoryBytes === null ? [] : [`  memory_bytes: ${limits.memoryBytes}`]),
          ...(limits.cpuTimeMs === null ? [] : [`  cpu_time_ms: ${limits.cpuTimeMs}`]),
        ]),
  ];
  return [
    `  - uri: ${text(uri)}`,
    ...(name === null ? [] : [`    name: ${text(name)}`]),
    ...(digest === null ? [] : [`    digest: sha256:${digest}`]),
    permissions.length === 0 ? '    permissions: {}' : '    permissions:',
    ...permissions.map((line) => `      ${line}`),
  ];
}

function grantLines(grants: Grants): string[] {
  if (isNothing(grants)) {
    return [
      '# Allows nothing: no variable is called so. Empty permissions would leave the policy of the host as it is.',
      ...section('environment', [`- key: ${text(NOTHING_GRANTED)}`]),
    ];
  }
  return [
    ...section(
      'network',
      grants.network.map((host) => `- host: ${text(host)}`),
    ),
    ...section(
      'storage',
      grants.storage.flatMap(({ uri, access }) => [
        `- uri: ${text(uri)}`,
        `  access: [${access.join(', ')}]`,
      ]),
    ),
    ...section(
      'environment',
      grants.environment.map((key) => `- key: ${text(key)}`),
    ),
  ];
}

function section(name: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`${name}:`, '  allow:', ...entries.map((entry) => `    ${entry}`)];
}

/** In double quotes nothing is taken for something else than text. */
function text(value: string): string {
  return JSON.stringify(value);
}
