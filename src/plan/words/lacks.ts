// Puts into words what a host lacks.
import { fewOf } from '../../codec/enumeration.ts';
import { quotedWhole } from '../../codec/safe-text.ts';
import type { Lacks } from '../warnings/lacks.ts';

const MOST_DIRECTORIES = 20;

/** One line for each thing that a host lacks, and one for all directories. */
export function lacksInWords({ secrets, environment, directories, tool_collisions }: Lacks): string[] {
  const all = (texts: readonly string[]) => texts.map(quotedWhole).join(', ');
  return [
    ...secrets.map(
      ({ component_id, names, sealed = [] }) =>
        `secrets of ${quotedWhole(component_id)}: ${all(names)}${sealedInWords(names, sealed.map(quotedWhole))}`,
    ),
    ...environment.map((key) => `environment variable ${quotedWhole(key)}`),
    ...directoriesInWords(directories),
    ...tool_collisions.map(
      ({ tool, component_ids }) =>
        `a single component for the tool ${quotedWhole(tool)}: ${all(component_ids)} would each have it, so calls of it fail`,
    ),
  ];
}

function directoriesInWords(directories: readonly string[]): string[] {
  const names = directories.map(quotedWhole);
  if (names.length === 0) return [];
  return names.length === 1
    ? [`directory ${names[0]}: calls fail without it`]
    : [`directories ${fewOf(names, MOST_DIRECTORIES)}: calls fail without them`];
}

/** Which of the `names` another import would bring; nothing where it is none of them. */
export function sealedInWords(names: readonly string[], sealed: readonly string[]): string {
  if (sealed.length === 0) return '';
  const which = sealed.length < names.length ? sealed.join(', ') : names.length === 1 ? 'it' : 'them';
  return `; the snapshot carries ${which}, sealed, for an import that includes secrets and has a key that opens them`;
}
