// Generates the policy that Wassette 0.7 and 0.8 attach to a component for the permissions in a manifest.
import { Document, visit } from 'yaml';
import { hasInvisible } from '../codec/yaml/characters.ts';
import { optionalScalar } from '../codec/yaml/fields.ts';
import type { YamlMap } from '../codec/yaml/reader.ts';
import { isText } from '../codec/yaml/scalars.ts';
import type { Grants } from './grants.ts';

const DESCRIPTION = 'Auto-generated policy for ';
const UNNAMED = 'component';

/** @param name the component's name in the manifest, if any */
export function generatedPolicy({ storage, network, environment }: Grants, name: string | null): string {
  const document = new Document(
    {
      version: '1.0',
      description: `${DESCRIPTION}${name ?? UNNAMED}`,
      permissions: {
        storage: storage.length === 0 ? null : { allow: storage, deny: null },
        network: network.length === 0 ? null : { allow: network.map((host) => ({ host })), deny: null },
        environment: environment.length === 0 ? null : { allow: environment.map((key) => ({ key })) },
        runtime: null,
        resources: null,
        ipc: null,
      },
    },
    { aliasDuplicateObjects: false },
  );
  visit(document, {
    Scalar(_key, scalar) {
      if (typeof scalar.value === 'string') scalar.type = isPlain(scalar.value) ? 'PLAIN' : 'QUOTE_SINGLE';
    },
  });
  return document.toString({ indentSeq: false, lineWidth: 0 });
}

/**
 * The name in a manifest that makes Wassette generate this policy again; null for no name, `undefined` when its
 * description is not one that Wassette generates for a manifest.
 */
export function nameInPolicy(policy: YamlMap): string | null | undefined {
  const description = descriptionOf(policy);
  if (!description.startsWith(DESCRIPTION) || hasInvisible(description)) return undefined;
  const name = description.slice(DESCRIPTION.length);
  return name === UNNAMED ? null : name;
}

/** Whether somebody described it: the description that Wassette's permission tools write does not count. */
export function isDescribed(policy: YamlMap, componentId: string): boolean {
  return !['', `${DESCRIPTION}component: ${componentId}`].includes(descriptionOf(policy));
}

function descriptionOf(policy: YamlMap): string {
  return optionalScalar(policy, 'description')?.text ?? '';
}

/** Whether it can only be text. Anything else is put in single quotes; nothing that is granted spans lines. */
function isPlain(text: string): boolean {
  return (
    /^[\w/.](?:[\w/.,=+@*-]| (?! |#)|:(?! ))*$/.test(text) &&
    !/[ :]$/.test(text) &&
    isText({ text, plain: true })
  );
}
