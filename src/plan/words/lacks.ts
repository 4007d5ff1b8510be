// Puts into words what a host lacks.
import { quotedWhole } from '../../codec/safe-text.ts';
import type { Lacks } from '../warnings/lacks.ts';

/** One line for each thing that a host lacks. */
export function lacksInWords({ secrets, environment, directories, tool_collisions }: Lacks): string[] {
  const all = (texts: readonly string[]) => texts.map(quotedWhole).join(', ');
  return [
    ...secrets.map(({ component_id, names }) => `secrets of ${quotedWhole(component_id)}: ${all(names)}`),
    ...environment.map((key) => `environment variable ${quotedWhole(key)}`),
    ...directories.map((directory) => `directory ${quotedWhole(directory)}: calls fail without it`),
    ...tool_collisions.map(
      ({ tool, component_ids }) =>
        `a single component for the tool ${quotedWhole(tool)}: ${all(component_ids)} would each have it, so calls of it fail`,
    ),
  ];
}
