// Joins chunks that the same commands load: Node takes longer to find and link a hundred small files than to read a few
// large ones.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

/** To find, open and link a file takes as long as to read this much more of another. */
const SMALL_BYTES = 8_192;

/**
 * @param {import('esbuild').Metafile['outputs']} outputs of a build with splitting, by path
 * @param {readonly string[]} roots sources of chunks; those are joined that the same of them load. What is small goes to
 * what more of them load, where that needs nothing else: so one loads a little more than it did, and never another package
 */
export async function mergeChunks(outputs, roots) {
  const loaded = roots.map((source) => loadedAtOnce(outputs, source));
  const groups = new Map();
  for (const file of Object.keys(outputs).filter((each) => each.includes('/chunks/'))) {
    const by = loaded.map((files) => (files.has(file) ? 1 : 0)).join('');
    if (by.includes('1')) groups.set(by, [...(groups.get(by) ?? []), file]);
  }
  while (widenSmallest(groups, outputs));
  const joined = [...groups].filter(([, members]) => members.length > 1);
  const placeOf = new Map(joined.flatMap(([by, members]) => members.map((file) => [file, [by, members]])));
  for (const [by, members] of joined) await join(outputs, members, nameOf(by));
  for (const file of Object.keys(outputs).filter((each) => each.endsWith('.js') && !placeOf.has(each)))
    await redirect(file, placeOf);
  for (const [by, members] of joined)
    await redirect(path.join(path.dirname(members[0]), nameOf(by)), placeOf);
  for (const [file, [by, members]] of placeOf) await writeFile(file, standIn(outputs, file, by, members));
}

/** Puts the smallest group that can go somewhere to the nearest one there is; false where none can. */
function widenSmallest(groups, outputs) {
  const byOf = new Map([...groups].flatMap(([by, members]) => members.map((file) => [file, by])));
  const bytesIn = (members) => members.reduce((sum, file) => sum + outputs[file].bytes, 0);
  const small = [...groups].filter(([, members]) => bytesIn(members) < SMALL_BYTES);
  for (const [by, members] of small.sort(([, a], [, b]) => bytesIn(a) - bytesIn(b))) {
    const needed = members.flatMap((file) =>
      outputs[file].imports
        .filter(({ kind }) => kind === 'import-statement')
        .map(({ path: to }) => byOf.get(to) ?? by),
    );
    const [wider] = [...groups.keys()]
      .filter(
        (each) =>
          each !== by &&
          [by, ...needed].every((inner) => (inner === by ? covers(each, inner) : covers(inner, each))),
      )
      .sort((a, b) => ones(a) - ones(b));
    if (wider === undefined) continue;
    groups.set(wider, [...groups.get(wider), ...members]);
    groups.delete(by);
    return true;
  }
  return false;
}

const ones = (by) => by.replaceAll('0', '').length;

/** Whether all that load `inner` load `outer`. */
const covers = (outer, inner) => [...inner].every((one, i) => one === '0' || outer[i] === '1');

const nameOf = (by) => `joined-${Number.parseInt(by, 2)}.js`;

/** Names of exports are short, and mean something else in each chunk. */
const exportOf = (exported, file, members) => `${exported}_${members.indexOf(file)}`;

/** The output that is made of `source`, and all that it imports before it runs. */
function loadedAtOnce(outputs, source) {
  const first = Object.keys(outputs).find((file) => outputs[file].entryPoint === source);
  if (first === undefined) throw new Error(`no output is made of ${source}`);
  const loaded = new Set([first]);
  for (const file of loaded)
    for (const { path: to, kind } of outputs[file].imports)
      if (kind === 'import-statement' && to in outputs) loaded.add(to);
  return loaded;
}

async function join(outputs, members, name) {
  const folder = path.dirname(members[0]);
  const lines = members.map((file) => {
    const names = outputs[file].exports.map(
      (exported) => `${exported} as ${exportOf(exported, file, members)}`,
    );
    return `export { ${names.join(', ')} } from './${path.basename(file)}';`;
  });
  const inside = new Set(members.map((file) => `./${path.basename(file)}`));
  await build({
    stdin: { contents: lines.join('\n'), resolveDir: folder },
    outfile: path.join(folder, name),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    legalComments: 'none',
    plugins: [
      {
        name: 'members-only',
        setup({ onResolve }) {
          onResolve({ filter: /^\./ }, ({ path: to, kind }) =>
            kind === 'import-statement' && inside.has(to) ? null : { path: to, external: true },
          );
        },
      },
    ],
  });
}

/** Has `file` import from the joined files what it imports from their parts. */
async function redirect(file, placeOf) {
  const text = await readFile(file, 'utf8');
  const changed = text.replace(/import(?:\{([^}]*)\}from)?"(\.[^"]*)";/g, (whole, names, to) => {
    const target = path.join(path.dirname(file), to);
    if (!placeOf.has(target)) return whole;
    const [by, members] = placeOf.get(target);
    const from = `"${to.slice(0, to.lastIndexOf('/') + 1)}${nameOf(by)}"`;
    if (names === undefined) return `import${from};`;
    const renamed = names.split(',').map((each) => {
      const [exported, local = exported] = each.split(' as ');
      return `${exportOf(exported, target, members)} as ${local}`;
    });
    return `import{${renamed.join(',')}}from${from};`;
  });
  if (changed !== text) await writeFile(file, changed);
}

/** For those who load it when they need it. */
function standIn(outputs, file, by, members) {
  const names = outputs[file].exports.map(
    (exported) => `${exportOf(exported, file, members)} as ${exported}`,
  );
  return `export{${names.join(',')}}from"./${nameOf(by)}";\n`;
}
