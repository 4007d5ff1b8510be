// What is sent to a bucket and comes back is never held in memory, whatever its size.
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { componentBytes } from '../../fixtures/components/component.ts';
import { makeHost } from '../../fixtures/host.ts';
import { serverForAll } from '../../fixtures/servers/buckets/bucket-server.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/buckets/bucket-servers.ts';
import { started } from '../../fixtures/servers/ended-program.ts';

const COMPONENTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const MIB = 1024 * 1024;
const SIZE = 64 * MIB;
/** Half of the code. */
const MOST_BYTES = (COMPONENTS.length * SIZE) / 2;

/** Makes a program say its greatest memory, in kilobytes, on standard error. What getrusage says begins with the parent's. */
const TELL_MEMORY = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from 'node:fs';
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.on('exit', () => writeSync(2, readFileSync('/proc/self/status', 'utf8')));
`)}`;

describe.each(BUCKET_SERVERS)('half a GiB of code', ({ name, service, start }) => {
  const server = serverForAll(start);

  it(`goes to ${name} and comes back in little memory`, async () => {
    const reference = `${service}://${await server().makeBucket('memory')}/team`;
    const env = {
      PATH: process.env.PATH!,
      HOME: '/nowhere',
      NODE_OPTIONS: `--import=${TELL_MEMORY}`,
      ...server().env,
    };
    const [here, there] = [makeHost(), makeHost()];
    for (const id of COMPONENTS) here.install(id, { code: componentBytes(id, SIZE) });
    for (const args of [
      ['export', '-o', reference, ...here.flags],
      ['import', reference, '--yes', ...there.flags],
    ]) {
      const { code, stderr } = await started(args, env, tmpdir());
      expect(code).toBe(0);
      expect(Number(/^VmHWM:\s*(\d+) kB$/m.exec(stderr)?.[1]) * 1024).toBeLessThan(MOST_BYTES);
    }
  });
});
