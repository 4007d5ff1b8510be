// What code can do besides computing, as far as the functions tell that it imports: what a component does not import, none of
// its code can call. Toolchains leave functions out of the interfaces they import, so an interface alone says little.
import type { Items } from './decoder/type.ts';

/** A class of functions that a policy decides about. */
export type CodeAbility = 'http' | 'files' | 'environment' | 'look-ups';

export type Abilities = ReadonlySet<CodeAbility>;

/** Any of these gets at what is in a directory; without them there is only the directory itself. */
const IN_DIRECTORY =
  /^\[method\]descriptor\.(?:read-directory|set-times|(?:open|stat|set-times|link|readlink|symlink|rename|unlink-file|create-directory|remove-directory|metadata-hash)-at)$/;

/** @param imports all of which Wassette links */
export function abilitiesIn(imports: Items): Abilities {
  const called = (name: string) => functionsOf(imports, name);
  const found = new Set<CodeAbility>();
  if (called('wasi:http/outgoing-handler').includes('handle')) found.add('http');
  if (
    called('wasi:filesystem/preopens').includes('get-directories') &&
    called('wasi:filesystem/types').some((name) => IN_DIRECTORY.test(name))
  )
    found.add('files');
  if (called('wasi:cli/environment').includes('get-environment') || called('wasi:config/store').length > 0)
    found.add('environment');
  if (called('wasi:sockets/ip-name-lookup').includes('resolve-addresses')) found.add('look-ups');
  return found;
}

/** Of every version of an interface that is imported. */
function functionsOf(imports: Items, interfaceName: string): string[] {
  return [...imports].flatMap(([name, item]) => {
    if (item.sort !== 'instance' || !name.startsWith(`${interfaceName}@`)) return [];
    return [...item.exports].filter(([, inner]) => inner.sort === 'function').map(([inner]) => inner);
  });
}
