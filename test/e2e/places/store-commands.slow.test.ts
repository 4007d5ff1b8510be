// The commands of a store, for one in a bucket: what is there is seen and tidied from any machine.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BucketServer } from '../../fixtures/servers/buckets/bucket-server.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/buckets/bucket-servers.ts';
import {
  startCraneRegistry,
  startCurrentRegistry,
  startDebianRegistry,
} from '../../fixtures/servers/registries/registries.ts';
import { makeMachine } from '../../fixtures/system/machine.ts';

test.each([
  ['docker-registry of Debian', startDebianRegistry],
  ['distribution', startCurrentRegistry],
  ['the registry of crane', startCraneRegistry],
])('in %s, the tags of a repository are listed', async (_name, start) => {
  const registry = await start();
  onTestFinished(() => registry.stop());
  const machine = makeMachine();
  machine.install('weather');
  const repository = `oci://${registry.address}/team/tools`;
  const sh = (line: string) => machine.sh(`wassette-state ${line}`);
  for (const tag of ['stable', '1.0', 'latest'])
    expect(sh(`export -o ${repository}:${tag}`)).toMatchObject({ code: 0 });
  expect(sh(`store list ${repository}`)).toMatchObject({ code: 0, stdout: '1.0\nlatest\nstable\n' });
  expect(JSON.parse(sh(`store list ${repository} --json`).stdout)).toEqual({
    tags: ['1.0', 'latest', 'stable'],
  });
  expect(sh(`store list ${repository}/other`)).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('STORE_NOT_FOUND'),
  });
  for (const line of [`list ${repository}:1.0`, `remove ${repository}:1.0`, `prune ${repository}`])
    expect(sh(`store ${line}`)).toMatchObject({ code: 2 });
});

describe.each(BUCKET_SERVERS)('in $name', ({ service, start }) => {
  let server: BucketServer;

  beforeAll(async () => {
    server = await start();
  });

  afterAll(async () => {
    await server?.stop();
  });

  test('snapshots are listed, forgotten and pruned, and what is kept stays whole', async () => {
    const store = `${service}://${await server.makeBucket('team-tools')}/stable`;
    const machine = makeMachine();
    machine.install('weather');
    const variables = Object.entries(server.env).map(([name, value]) => `export ${name}='${value}'; `);
    const sh = (line: string) => {
      const { code, stdout, stderr } = machine.sh(`${variables.join('')}wassette-state ${line}`);
      return { code, out: stdout + stderr };
    };
    expect(sh(`store list ${store}`)).toMatchObject({
      code: 0,
      out: expect.stringContaining('no snapshots'),
    });
    for (const name of ['kept', 'forgotten'])
      expect(sh(`export -o ${store}:${name} --description ${name}`)).toMatchObject({ code: 0 });
    expect(sh(`store remove ${store}`)).toMatchObject({ code: 2 });
    expect(sh(`store remove ${store}:forgotten`)).toMatchObject({ code: 0 });
    expect(sh(`store list ${store}:kept`)).toMatchObject({ code: 2 });
    const { out } = sh(`store list ${store}`);
    expect(out).toContain('kept');
    expect(out).not.toContain('forgotten');
    expect(sh(`store prune ${store} --dry-run`).out).toContain('Would remove 0 snapshots');
    expect(sh(`store prune ${store} --keep-last 1`)).toMatchObject({ code: 0 });
    expect(sh(`inspect ${store}:kept`)).toMatchObject({ code: 0, out: expect.stringContaining('weather') });
  });
});
