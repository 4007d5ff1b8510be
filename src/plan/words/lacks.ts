// Puts into words what a host lacks.
import { quotedWhole } from '../../codec/safe-text.ts';
import type { Lacks } from '../warnings/lacks.ts';

/** One line for each thing that a host lacks. */
export function lacksInWords({ secrets, environment, directories, tool_collisions }: Lacks): string[] {
  const all = (texts: readonly string[]) => texts.map(quotedWhole).join(', ');
  return [
    ...secrets.map(
      ({ component_id, names, sealed = [] }) =>
        `secrets of ${quotedWhole(component_id)}: ${all(names)}${sealedInWords(names, sealed.map(quotedWhole))}`,
    ),
    ...environment.map((key) => `environment variable ${quotedWhole(key)}`),
    ...directories.map((directory) => `directory ${quotedWhole(directory)}: calls fail without it`),
    ...tool_collisions.map(
      ({ tool, component_ids }) =>
        `a single component for the tool ${quotedWhole(tool)}: ${all(component_ids)} would each have it, so calls of it fail`,
    ),
  ];
}

/** Which of the `names` another import would bring; nothing where it is none of them. */
export function sealedInWords(names: readonly string[], sealed: readonly string[]): string {
  if (sealed.length === 0) return '';
  const which = sealed.length < names.length ? sealed.join(', ') : names.length === 1 ? 'it' : 'them';
  return `; the snapshot carries ${which}, sealed, for an import that includes secrets and has a key that opens them`;
}
