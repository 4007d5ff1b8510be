// The policy that Wassette 0.7 and 0.8 attach to a component for the permissions of a manifest, as they write it.

import { hasInvisible } from '../codec/yaml/characters.ts';
import { mapping, optionalScalar } from '../codec/yaml/fields.ts';
import { isText } from '../codec/yaml/scalars.ts';
import { readPolicyText } from '../policy/text.ts';
import type { Grants } from './grants.ts';

const DESCRIPTION = 'Auto-generated policy for ';
const UNNAMED = 'component';

/** @param name what the manifest calls the component, if anything */
export function generatedPolicy({ storage, network, environment }: Grants, name: string | null): string {
  const lines = [
    "version: '1.0'",
    `description: ${scalar(`${DESCRIPTION}${name ?? UNNAMED}`)}`,
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

/**
 * What a manifest has to call the component for this policy to come out again, null for nothing; `undefined` where its
 * description is not one that Wassette gives for a manifest.
 */
export function nameInPolicy(text: string): string | null | undefined {
  const description = descriptionOf(text);
  if (!description.startsWith(DESCRIPTION) || hasInvisible(description)) return undefined;
  const name = description.slice(DESCRIPTION.length);
  return name === UNNAMED ? null : name;
}

/** Whether somebody described it: Wassette's own words for a policy that its permission tools made say nothing. */
export function isDescribed(text: string, componentId: string): boolean {
  return !['', `${DESCRIPTION}component: ${componentId}`].includes(descriptionOf(text));
}

function descriptionOf(text: string): string {
  return optionalScalar(mapping(readPolicyText(text), 'the policy'), 'description')?.text ?? '';
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
