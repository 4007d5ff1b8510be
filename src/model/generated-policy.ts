// The policy that Wassette 0.7 and 0.8 attach to a component for the permissions of a manifest, as they write it.
import type { Grants } from './deployment-grants.ts';
import { isText } from './policy-scalars.ts';

/** @param name what the manifest calls the component, if anything */
export function generatedPolicy({ storage, network, environment }: Grants, name: string | null): string {
  const lines = [
    "version: '1.0'",
    `description: ${scalar(`Auto-generated policy for ${name ?? 'component'}`)}`,
    'permissions:',
    ...section(
      'storage',
      storage.flatMap(({ uri, access }) => [
        `    - uri: ${scalar(uri)}`,
        '      access:',
        ...access.map((mode) => `      - ${mode}`),
      ]),
      true,
    ),
    ...section(
      'network',
      network.map((host) => `    - host: ${scalar(host)}`),
      true,
    ),
    ...section(
      'environment',
      environment.map((key) => `    - key: ${scalar(key)}`),
      false,
    ),
    '  runtime: null',
    '  resources: null',
    '  ipc: null',
  ];
  return `${lines.join('\n')}\n`;
}

function section(name: string, entries: readonly string[], hasDeny: boolean): string[] {
  if (entries.length === 0) return [`  ${name}: null`];
  return [`  ${name}:`, '    allow:', ...entries, ...(hasDeny ? ['    deny: null'] : [])];
}

/** Plain where it can only be text, otherwise in single quotes: nothing that is granted spans lines. */
function scalar(text: string): string {
  const isPlain =
    /^[\w/.](?:[\w/.,=+@*-]| (?! |#)|:(?! ))*$/.test(text) &&
    !/[ :]$/.test(text) &&
    isText({ text, plain: true });
  return isPlain ? text : `'${text.replaceAll("'", "''")}'`;
}
