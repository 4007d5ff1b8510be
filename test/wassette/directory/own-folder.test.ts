import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stateDirectory } from '../../../src/state/directory.ts';
import { dropStaging, hasStaging } from '../../../src/wassette/directory/own-folder.ts';
import { Staging } from '../../../src/wassette/directory/staging.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

const own = (host: TestHost) => path.join(host.locations.componentDir, '.wassette-state');

async function stagingOn(host: TestHost): Promise<Staging> {
  const staging = new Staging(host.locations, '0123456789abcdef', []);
  await staging.create(host.state);
  return staging;
}

describe('clearing staging away', () => {
  it('removes folders of every unfinished import and leaves nothing', async () => {
    const host = makeHost();
    const { componentDir } = host.locations;
    expect(await hasStaging(componentDir)).toBe(false);
    await (await stagingOn(host)).addFile('a', 'policy', Buffer.from(policyText()));
    mkdirSync(path.join(own(host), 'staging-of-an-earlier-one'));
    expect(await hasStaging(componentDir)).toBe(true);
    await dropStaging(host.locations, host.state);
    expect(readdirSync(own(host))).toEqual([]);
    await dropStaging(host.locations, host.state); // and again is no error
  });

  it('leaves the lock, and temporary files that may be of a process at work', async () => {
    const host = makeHost();
    await stagingOn(host);
    for (const name of ['lock-1.json', '.tmp-young', '.tmp-old', '.lock-old.json'])
      writeFileSync(path.join(own(host), name), '');
    for (const name of ['.tmp-old', '.lock-old.json']) utimesSync(path.join(own(host), name), 1, 1);
    await dropStaging(host.locations, host.state);
    expect(readdirSync(own(host)).sort()).toEqual(['.tmp-young', 'lock-1.json']);
  });

  it('is refused where the journal may be in another state directory, and says which', async () => {
    const host = makeHost();
    const staging = await stagingOn(host);
    const failure = { code: 'STORE_INTERRUPTED', details: { state_dir: host.locations.stateDir } };
    await expect(
      dropStaging(host.locations, stateDirectory({ ...host.locations, stateDir: '/another' })),
    ).rejects.toThrow(expect.objectContaining(failure));
    expect(existsSync(staging.folderIn('componentDir'))).toBe(true);
  });

  it('does not follow a link that stands in the place of a folder', async () => {
    const host = makeHost();
    const { secretsDir } = host.locations;
    host.storeSecrets('a', { KEY: 'value' });
    mkdirSync(own(host));
    symlinkSync(secretsDir, path.join(own(host), 'staging-0123456789abcdef'));
    await dropStaging(host.locations, host.state);
    expect(readdirSync(own(host))).toEqual([]);
    expect(readdirSync(secretsDir)).toEqual(['a.yaml']);
  });
});
