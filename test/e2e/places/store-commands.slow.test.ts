// The commands of a store, for one in a bucket: what is there is seen and tidied from any machine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BucketServer } from '../../fixtures/servers/bucket-server.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/bucket-servers.ts';
import { makeMachine } from '../../fixtures/system/machine.ts';

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
