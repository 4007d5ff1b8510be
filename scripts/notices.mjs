// The licences of what was bundled: their text has to go wherever a copy of the code goes.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The folder of the package that a file belongs to. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/**
 * A notice for each package of which at least one byte is in the output.
 * @param {import('esbuild').Metafile} metafile
 * @throws when a package has no text of its licence: somebody must look what it asks for
 */
export async function noticesFor({ outputs }) {
  const folders = new Set(
    Object.values(outputs)
      .flatMap(({ inputs }) => Object.entries(inputs))
      .flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? (PACKAGE.exec(file) ?? []) : [])),
  );
  const notices = await Promise.all([...folders].map(noticeOf));
  const head = 'The programs and the library in this folder include the following packages.\n';
  return [head, ...notices.sort()].join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} folder */
async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file)).sort();
  if (files.length === 0) throw new Error(`${name} ${version} has no text of its licence (${license})`);
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return [`${name} ${version} (${license})\n`, ...texts.map((text) => `${text.trim()}\n`)].join('\n');
}
