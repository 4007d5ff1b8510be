// What a component may import: what Wassette links. Anything else makes the load fail.
import type { Item, Items } from './type.ts';
import { WASI_NAMES } from './wasi-interfaces.ts';

const WASI = /^wasi:([a-z]+\/[a-z-]+)@0\.2\.(?:0|[1-9]\d*)(?:\+[0-9A-Za-z.-]+)?$/;
const CONFIG = 'wasi:config/store@0.2.0-rc.1';
const CONFIG_NAMES: ReadonlySet<string> = new Set(['get', 'get-all']);

/** Names of the imports that Wassette cannot link; with any of them the component does not load. */
export function unlinkedImports(imports: Items): string[] {
  return [...imports].filter(([name, item]) => !isLinked(name, item)).map(([name]) => name);
}

function isLinked(name: string, item: Item): boolean {
  if (item.sort !== 'instance') return needsNothing(item);
  const offered = name === CONFIG ? CONFIG_NAMES : WASI_NAMES.get(WASI.exec(name)?.[1] ?? '');
  return [...item.exports].every(
    ([wanted, inner]) => needsNothing(inner) || (inner.sort !== 'instance' && offered?.has(wanted)),
  );
}

/** Types, and instances that hold nothing else, whatever they are called. */
function needsNothing(item: Item): boolean {
  // Each once: what is shared could stand for an exponential number.
  const items = new Set([item]);
  for (const one of items) {
    if (one.sort === 'instance') for (const inner of one.exports.values()) items.add(inner);
    else if (one.sort !== 'type' || one.isNewResource) return false;
  }
  return true;
}
