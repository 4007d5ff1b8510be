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
  const files = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 && PACKAGE.test(file) ? [file] : []));
  const folders = new Set(files.map((file) => PACKAGE.exec(file)?.[0] ?? ''));
  const notices = await Promise.all(
    [...folders].map((folder) =>
      noticeOf(folder, new Set(files.filter((file) => PACKAGE.exec(file)?.[0] === folder))),
    ),
  );
  const head = 'The programs and the library in this folder include the following packages.\n';
  return [head, ...notices.sort()].join(`\n${'-'.repeat(80)}\n\n`);
}

/** What a package includes of others without saying whose it is. */
const INCLUDED = {
  '@secretlint/secretlint-rule-preset-recommend': [
    'escape-string-regexp (MIT)\n\nCopyright (c) Sindre Sorhus <sindresorhus@gmail.com> (https://sindresorhus.com)',
  ],
};

const MIT = `The MIT License (MIT)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Whose a package is that names its licence, MIT, and has left the text out. */
const MIT_OF = {
  '@nodable/entities': 'Amit Gupta (https://solothought.com)',
  'stream-events': 'Stephen Sawchuk',
  stubs: 'Stephen Sawchuk',
  tr46: 'Sebastian Mayr <npm@smayr.name>',
};
/** Parts of one project with one licence, of which only this has the text. */
const PARTS_OF = { '@aws-sdk/': 'client-s3' };

/**
 * The text of a licence that is no file of its own: in the read-me, with the project, or where we looked it up.
 * @param {string} name
 * @param {string} folder
 */
async function leftOut(name, folder) {
  const kept = await textKeptFor(name);
  if (kept !== null) return [kept];
  if (name in MIT_OF) return [`Copyright (c) ${MIT_OF[name]}\n\n${MIT}`];
  const whole = Object.entries(PARTS_OF).find(([beginning]) => name.startsWith(beginning))?.[1];
  if (whole !== undefined) return [await readFile(path.join(folder, '..', whole, 'LICENSE'), 'utf8')];
  const about = await readFile(path.join(folder, 'README.md'), 'utf8').catch(() => '');
  const [, text] = about.split(/^#*\s*Licen[cs]e\s*(?:\n-+\s*)?$/im);
  return text?.includes('Permission is hereby granted')
    ? [text.replaceAll('&lt;', '<').replaceAll('&gt;', '>')]
    : [];
}

/**
 * @param {string} folder
 * @param {Set<string>} bundled its files
 */
async function noticeOf(folder, bundled) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file)).sort();
  const ours = files.length === 0 ? await textKeptFor(name) : null;
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  if (texts.length === 0) texts.push(...(await leftOut(name, folder)));
  if (texts.length === 0 && ours === null)
    throw new Error(`${name} ${version} has no text of its licence (${license})`);
  const others = [...(await noticesInside(bundled)), ...(INCLUDED[name] ?? [])];
  return [
    `${name} ${version} (${license})\n`,
    ...[...texts, ...(ours === null ? [] : [ours]), ...others].map((text) => `${text.trim()}\n`),
  ].join('\n');
}

/**
 * The licence of a package that publishes it elsewhere, as it is there.
 * @param {string} name
 * @returns {Promise<string | null>}
 */
async function textKeptFor(name) {
  try {
    return await readFile(new URL(`./licenses/${name}.txt`, import.meta.url), 'utf8');
  } catch {
    return null;
  }
}

/**
 * The comments in which a file says whose parts of it are, each once.
 * @param {Set<string>} files
 */
async function noticesInside(files) {
  const texts = await Promise.all([...files].map((file) => readFile(file, 'utf8')));
  const comments = texts.flatMap((text) => text.match(/\/\*[\s\S]*?\*\//g) ?? []);
  const notices = comments.filter((comment) => /copyright/i.test(comment) && /licen[cs]e/i.test(comment));
  return new Set(notices.map((notice) => notice.replace(/^\/\*+!?|^[ \t]*\*\/?[ \t]?|\*\/$/gm, '').trim()));
}
