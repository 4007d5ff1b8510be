// Native code of an import that is to come: compiled once for each version, kept, and followed by reports of progress.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { sha256Hex } from '../../../../src/codec/digest.ts';
import { type Progress, progressInWords } from '../../../../src/disk/progress.ts';
import type { LiveWassette } from '../../../../src/wassette/live/live-wassette.ts';
import { NativeCode } from '../../../../src/wassette/live/several/native-code.ts';
import { failing } from '../../../fixtures/failing.ts';
import { makeHost, type TestHost } from '../../../fixtures/host.ts';

let host: TestHost;
let folder: string;
beforeEach(() => {
  host = makeHost();
  folder = path.dirname(host.locations.componentDir);
});

/**
 * A Wassette of which only the program is asked, which copies what it should compile and leaves a line for each start.
 * `meanwhile` is done by somebody else before it reads the code.
 */
function wassette(version: string, meanwhile = ':'): LiveWassette {
  const program = path.join(folder, `wassette-${version}`);
  const id = `"$(basename "$3" .wasm)"`;
  writeFileSync(
    program,
    `#!/bin/sh
echo ${version} >> ${folder}/starts
echo "$3" >> ${folder}/tried
mkdir -p "$5"
${meanwhile}
cp "$(echo "$3" | cut -c8-)" "$5"/${id}.wasm
echo native > "$5"/${id}.cwasm
`,
  );
  chmodSync(program, 0o755);
  const never = () => Promise.reject(new Error('not asked here'));
  return {
    pid: null,
    program: [program],
    version: async () => ({ text: version }) as Awaited<ReturnType<LiveWassette['version']>>,
    callTool: never,
    withoutChanges: never,
    alone: never,
  };
}

function staged(...ids: string[]) {
  const at = path.join(folder, 'staged');
  mkdirSync(at, { recursive: true });
  return ids.map((id) => {
    const file = path.join(at, `${id}.wasm`);
    writeFileSync(file, id);
    return { component_id: id, sha256: sha256Hex(id), file };
  });
}

const starts = () => {
  const file = path.join(folder, 'starts');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').sort() : [];
};

async function made(lives: readonly LiveWassette[], ...ids: string[]): Promise<Progress[]> {
  const reports: Progress[] = [];
  const native = new NativeCode(host.state, staged(...ids));
  for (const live of lives) await native.choose(live);
  await native.make({ onProgress: (report) => reports.push(report) });
  return reports;
}

it('is compiled once for each version, however many run', async () => {
  await made([wassette('0.8.0'), wassette('0.4.0'), wassette('0.8.0')], 'a', 'b');
  expect(starts()).toEqual(['0.4.0', '0.4.0', '0.8.0', '0.8.0']);
});

it('is not compiled again for an import that goes on from there', async () => {
  await made([wassette('0.8.0')], 'a');
  await made([wassette('0.8.0')], 'a', 'b');
  expect(starts()).toEqual(['0.8.0', '0.8.0']);
});

it('is reported with the component and how many there are, in one order', async () => {
  const reports = await made([wassette('0.8.0'), wassette('0.4.0')], 'a', 'b');
  const words = reports.map(progressInWords);
  expect([...new Set(words)]).toEqual([
    'compiling a, 1 of 4',
    'compiling b, 2 of 4',
    'compiling a, 3 of 4',
    'compiling b, 4 of 4',
  ]);
  const fractions = reports.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
});

it('needs no report where all of it is there', async () => {
  await made([wassette('0.8.0')], 'a');
  expect(await made([wassette('0.8.0')], 'a')).toEqual([]);
});

it('is made in the state directory, which no component can be granted, and nothing is left there', async () => {
  await made([wassette('0.8.0')], 'a');
  const tried = readFileSync(path.join(folder, 'tried'), 'utf8').trim();
  expect(path.relative(host.state.scratch, tried.slice('file://'.length))).toMatch(/^[^./][^/]*\/a\.wasm$/);
  expect(readdirSync(host.state.scratch)).toEqual([]);
});

it('is not kept where other code took the place of what was to be tried', async () => {
  const exchanged = wassette('0.8.0', 'echo other > "$(echo "$3" | cut -c8-)"');
  await expect(made([exchanged], 'a')).rejects.toThrow(failing('VERIFY_DIGEST_MISMATCH'));
  await made([wassette('0.8.0')], 'a');
  expect(starts()).toEqual(['0.8.0', '0.8.0']);
});
