// DNS rebinding with a real name server and the resolver of the system, in a network namespace of the test's own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { testAuthority } from '../fixtures/servers/web-server.ts';
import { isRoot } from '../fixtures/system/root.ts';

const NETWORK = fileURLToPath(new URL('../fixtures/servers/rebinding-network.mjs', import.meta.url));
const INTERNET = '93.184.216.34';

test('a name that leads from the internet to this machine is followed to the address that was checked, and refused when it changes', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const resolver = path.join(folder, 'resolv.conf');
  writeFileSync(resolver, 'nameserver 127.0.0.1\n');
  const { ca, ofServer } = await testAuthority();
  const setUp = `ip link set lo up && ip addr add ${INTERNET}/32 dev lo && mount --bind '${resolver}' /etc/resolv.conf`;
  const program = `exec '${process.execPath}' --import tsx '${NETWORK}' ${INTERNET}`;
  const child = spawn('unshare', [isRoot ? '-nm' : '-rnm', '--', 'sh', '-c', `${setUp} && ${program}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ ca, ...ofServer }));

  expect(JSON.parse(await text(child.stdout))).toEqual({
    first: `from ${INTERNET}`,
    second: 'POLICY_OUTSIDE_FENCE',
    asked: { [INTERNET]: 1, '127.0.0.1': 0 },
    questions: 2,
  });
});
