// What a component may import: what Wassette links, in 0.4 as in 0.8. Anything else makes the load fail.
import type { Export } from '../codec/component-type.ts';

const WASI_INTERFACES: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'environment',
    'exit',
    'stdin',
    'stdout',
    'stderr',
    'terminal-input',
    'terminal-output',
    'terminal-stdin',
    'terminal-stdout',
    'terminal-stderr',
  ],
  clocks: ['monotonic-clock', 'wall-clock'],
  filesystem: ['types', 'preopens'],
  http: ['types', 'outgoing-handler'],
  io: ['error', 'poll', 'streams'],
  random: ['random', 'insecure', 'insecure-seed'],
  sockets: [
    'network',
    'instance-network',
    'ip-name-lookup',
    'tcp',
    'tcp-create-socket',
    'udp',
    'udp-create-socket',
  ],
};
const WASI = /^wasi:([a-z]+)\/([a-z-]+)@0\.2\.\d+$/;
const CONFIG = 'wasi:config/store@0.2.0-rc.1';

/** Names of the imports that Wassette cannot link; with any of them the component does not load. */
export function unlinkedImports(imports: readonly Export[]): string[] {
  return imports.filter((wanted) => !isLinked(wanted)).map(({ name }) => name);
}

function isLinked({ name, item }: Export): boolean {
  if (item.sort === 'type') return item.type.sort !== 'resource';
  if (item.sort !== 'instance') return false;
  // Without a function or a resource there is nothing to link, whatever it is called.
  const isEmpty = item.exports.every(
    ({ item: { ...inner } }) => inner.sort === 'type' && inner.type.sort !== 'resource',
  );
  if (isEmpty || name === CONFIG) return true;
  const [, group, wanted] = WASI.exec(name) ?? [];
  return group !== undefined && (WASI_INTERFACES[group]?.includes(wanted!) ?? false);
}
