// What packages that are CommonJS need in a bundle of ES modules: `require`, and Node's own modules by it.
import childProcess from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';

/** Before the text of each file; `require` is made when it is called first, which takes longer than most files. */
export const BANNER =
  "import{createRequire as __cr}from'node:module';let __r;const require=id=>(__r??=__cr(import.meta.url))(id),__dirname=import.meta.dirname;";

/** Those who ask for it seldom use it, and it loads many others: so it is had when one of its names is used. */
const WHEN_USED = { child_process: Object.keys(childProcess) };

/** Node's own modules come without a `require`. @type {import('esbuild').Plugin} */
export const nodeModules = {
  name: 'node-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, '');
      if (kind !== 'require-call' || !builtinModules.includes(name)) return null;
      return { path: name, namespace: 'node-module' };
    });
    onLoad({ filter: /.*/, namespace: 'node-module' }, ({ path }) => {
      const found = `process.getBuiltinModule(${JSON.stringify(path)})`;
      const getters = (WHEN_USED[path] ?? []).map((name) => `get ${name}() { return ${found}.${name}; }`);
      return {
        contents: `module.exports = ${getters.length === 0 ? found : `{ ${getters.join(', ')} }`};`,
        loader: 'js',
      };
    });
  },
};

/** @param {import('esbuild').Metafile['outputs']} outputs from which the banner goes where nothing uses it */
export async function dropUnusedBanners(outputs) {
  for (const file of Object.keys(outputs).filter((each) => each.endsWith('.js'))) {
    const [before, after] = (await readFile(file, 'utf8')).split(BANNER);
    if (after === undefined || /\brequire\b|\b__dirname\b/.test(after)) continue;
    await writeFile(file, before + after.replace(/^\n/, ''));
  }
}
