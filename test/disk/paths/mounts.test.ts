import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { followPath } from '../../../src/disk/paths/kernel-path.ts';
import { otherNamesOf, parseMounts, readMounts } from '../../../src/disk/paths/mounts.ts';
import { planImportState, Snapshot } from '../../../src/index.ts';
import { storagePolicy } from '../../fixtures/components/file-probe.ts';
import { fileWithCode } from '../../fixtures/document.ts';
import { makeHost } from '../../fixtures/host.ts';

const MOUNTS = parseMounts(`22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard
30 27 254:0 /home/me /mnt/with\\040blank rw - ext4 /dev/vda rw
31 27 254:0 /home/me/secrets/deep /part rw - ext4 /dev/vda rw
32 27 0:50 / /home/me/other rw - tmpfs tmpfs rw
`);

describe('other names of a directory', () => {
  it('are those of the mounts that show it, or a part of it', () => {
    expect(MOUNTS.map(({ type, at }) => [type, at])).toEqual([
      ['proc', '/proc'],
      ['ext4', '/'],
      ['ext4', '/mnt/with blank'],
      ['ext4', '/part'],
      ['tmpfs', '/home/me/other'],
    ]);
    expect(otherNamesOf('/home/me/secrets', MOUNTS)).toEqual({
      whole: ['/mnt/with blank/secrets'],
      parts: ['/part'],
    });
    expect(otherNamesOf('/home/me/other/x', MOUNTS)).toEqual({ whole: [], parts: [] });
    expect(otherNamesOf('/mnt/with blank/x', MOUNTS)).toEqual({ whole: ['/home/me/x'], parts: [] });
    expect(otherNamesOf('/home/me', [])).toEqual({ whole: [], parts: [] });
  });

  /** Mounts `source` at `target` until the test ends; false where that is not allowed. */
  function mountedAt(target: string, ...args: string[]): boolean {
    mkdirSync(target, { recursive: true });
    const mounted = spawnSync('mount', [...args, target]).status === 0;
    if (mounted) onTestFinished(() => void execFileSync('umount', [target]));
    return mounted;
  }

  it('are no way around what is protected, on a disk that can be mounted twice', async ({ skip }) => {
    const target = makeHost();
    const { locations } = target;
    const { componentDir, secretsDir } = locations;
    const aside = path.join(path.dirname(componentDir), 'aside');
    mkdirSync(path.join(secretsDir, 'deep'));
    mkdirSync(path.join(componentDir, 'data'));
    if (!mountedAt(`${aside}/here`, '--bind', componentDir)) skip();
    for (const [name, args] of [
      ['part', ['--bind', path.join(secretsDir, 'deep')]],
      ['data', ['--bind', path.join(componentDir, 'data')]],
      ['processes', ['-t', 'proc', 'proc']],
    ] as const)
      expect(mountedAt(`${aside}/${name}`, ...args)).toBe(true);
    const refusalOf = async (uri: string) => {
      const made = fileWithCode([{ id: 'a', policy: storagePolicy([uri], ['read']) }]);
      const planned = planImportState(await Snapshot.fromJson(made), locations);
      return planned.then(
        () => null,
        (error) =>
          error.code === 'POLICY_FORBIDDEN_GRANT' ? /(?:reaches|leads).*/.exec(error.message)![0] : error,
      );
    };
    expect(await refusalOf(`fs://${aside}/here`)).toBe(`reaches the component directory "${aside}/here"`);
    expect(await refusalOf(`fs://${aside}`)).toBe(`reaches the component directory "${aside}/here"`);
    expect(await refusalOf(`fs://${aside}/part`)).toBe(`reaches the secrets directory "${aside}/part"`);
    expect(await refusalOf(`fs://${aside}/processes/self`)).toMatch('/processes", which is another place');
    expect(await refusalOf(`fs://${aside}/data`)).toBeNull();
    expect(await refusalOf(`fs://${aside}/here/data`)).toBeNull();
    expect(followPath(`${aside}/processes/self/cwd`, readMounts()).ofProcess).toBe(`${aside}/processes`);
  });
});
