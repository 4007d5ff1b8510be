// Programs of peers, built as ours is, so that only what they do differs.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The file of a program with this source, which may use the packages that we use. */
export async function built(root: string, name: string, source: string): Promise<string> {
  const outfile = path.join(root, `${name}.mjs`);
  await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    legalComments: 'none',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return outfile;
}
