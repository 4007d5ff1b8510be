// Builds what runs: dist/cli.js (the program), dist/tool-worker.js (its second thread) and dist/index.js (the library), with
// dist/chunks/zstd.wasm for a Node that knows no zstd; and dist/third-party-licenses.txt. All that runs is in there, so the package needs no other.
// Splitting keeps everything that `tools/list` does not need out of the server's start-up path.
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { BANNER, dropUnusedBanners, nodeModules } from './scripts/common-js.mjs';
import { mergeChunks } from './scripts/merge-chunks.mjs';
import { noticesFor } from './scripts/notices.mjs';

const ZSTD = './node_modules/@bokuweb/zstd-wasm/dist/esm';

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: {
    cli: 'tools/cli.ts',
    'tool-worker': 'tools/mcp/thread/tool-worker.ts',
    index: 'src/index.ts',
  },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: false,
  format: 'esm',
  platform: 'node',
  // jsonc-parser's other build loads its parts in a way that cannot be bundled.
  mainFields: ['module', 'main'],
  // This one's own choice would be a module whose names cannot be imported one by one.
  alias: {
    '@bokuweb/zstd-wasm': `${ZSTD}/index.node.js`,
    'abort-controller': './scripts/bundled/abort-controller.mjs',
  },
  target: 'node20.19',
  // The texts of all licences are in one file instead.
  legalComments: 'none',
  metafile: true,
  // Some bundled packages are CommonJS and call require() for Node's own modules; one reads a file that lies beside it.
  plugins: [nodeModules],
  banner: { js: BANNER },
});
await dropUnusedBanners(metafile.outputs);
// A start, `tools/list` and the most frequent commands load no more than before, in fewer files.
await mergeChunks(metafile.outputs, [
  'tools/cli.ts',
  'tools/cli/commands/serve.ts',
  'tools/cli/options/unused.ts',
  'tools/wrap/serve-wrapped.ts',
  'tools/mcp/thread/tool-worker.ts',
  'tools/mcp/index.ts',
  'tools/mcp/run-tool.ts',
  'src/index.ts',
  'src/import.ts',
  'tools/cli/program.ts',
  'tools/cli/commands/import.ts',
  'tools/cli/commands/list.ts',
]);
await copyFile(`${ZSTD}/zstd.wasm`, 'dist/chunks/zstd.wasm');
await writeFile('dist/third-party-licenses.txt', await noticesFor(metafile));
