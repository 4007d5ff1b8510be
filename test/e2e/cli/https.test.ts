// The program as it is built reads a snapshot over HTTPS, with an authority that only the environment names.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { fileServer } from '../../fixtures/servers/file-server.ts';
import { testAuthority } from '../../fixtures/servers/web-server.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

interface Run {
  code: number;
  output: string;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [PROGRAM, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
    child.stdin!.end();
  });
}

/** Everything that is in files below `folder`. */
function textsBelow(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

test('a host goes through a web server into another; the secrets of its address are nowhere', async () => {
  const giver = makeHost();
  const taker = makeHost();
  giver.install('tool', { policy: policyText({ network: ['api.example.com'] }) });
  const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [file, caFile] = [path.join(folder, 'state.json'), path.join(folder, 'authority.pem')];
  expect(await run(['export', '-o', file, '--include-binaries', ...giver.flags], {})).toMatchObject({
    code: 0,
  });

  const authority = await testAuthority();
  writeFileSync(caFile, authority.ca);
  const { url, asked } = await fileServer({ bytes: () => readFileSync(file), tls: authority });
  const secret = `https://me:hunter2@localhost:${url.port}/state.json?signature=hunter3`;
  const temporary = mkdtempSync(path.join(folder, 'tmp-'));
  const refused = await run(['import', secret, '--yes', ...taker.flags], { TMPDIR: temporary });
  expect(refused).toMatchObject({ code: 7, output: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  const env = { TMPDIR: temporary, NODE_EXTRA_CA_CERTS: caFile };
  const imported = await run(['import', secret, '--yes', ...taker.flags], env);

  expect(imported).toMatchObject({ code: 0, output: expect.stringContaining('Imported: 1 component') });
  expect(taker.files()).toEqual(giver.files());
  expect(asked[0]).toMatchObject({
    path: '/state.json?signature=hunter3',
    headers: { authorization: `Basic ${Buffer.from('me:hunter2').toString('base64')}` },
  });
  expect(readdirSync(temporary)).toEqual([]);
  const stateDir = taker.flags[taker.flags.indexOf('--state-dir') + 1]!;
  const written = textsBelow(stateDir);
  expect(written).toContain(`https://localhost:${url.port}/state.json`);
  for (const text of [refused.output, imported.output, written]) expect(text).not.toMatch(/hunter[23]/);
});
