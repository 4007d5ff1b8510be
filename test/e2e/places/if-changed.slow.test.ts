// An export that is to make no new snapshot of the same state, where others keep snapshots.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exportStateTo, openSnapshot } from '../../../src/index.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/buckets/bucket-servers.ts';
import {
  startCraneRegistry,
  startCurrentRegistry,
  startDebianRegistry,
} from '../../fixtures/servers/registries/registries.ts';
import { testKey } from '../../fixtures/signing.ts';

interface Somewhere {
  name: string;
  /** Gives what references begin with, each with a name of its own, and how to stop. */
  start(): Promise<{ at: (name: string) => Promise<string>; stop: () => Promise<void> }>;
}

const REGISTRIES = [
  { name: 'docker-registry of Debian', start: startDebianRegistry },
  { name: 'distribution', start: startCurrentRegistry },
  { name: 'the registry of crane', start: startCraneRegistry },
];

const PLACES: Somewhere[] = [
  ...REGISTRIES.map(({ name, start }) => ({
    name,
    start: async () => {
      const { address, stop } = await start();
      return { at: async (repository: string) => `oci://${address}/team/${repository}`, stop };
    },
  })),
  ...BUCKET_SERVERS.map(({ name, service, start }) => ({
    name,
    start: async () => {
      const server = await start();
      for (const [variable, value] of Object.entries(server.env)) vi.stubEnv(variable, value);
      const stop = async () => {
        vi.unstubAllEnvs();
        await server.stop();
      };
      return { at: async (bucket: string) => `${service}://${await server.makeBucket(bucket)}/team`, stop };
    },
  })),
];

describe.each(PLACES)('in $name', ({ start }) => {
  let place: Awaited<ReturnType<Somewhere['start']>> | null = null;
  beforeAll(async () => {
    place = await start();
  });
  afterAll(() => place?.stop());

  const write = (host: TestHost, file: string, description: string, more: object = {}) =>
    exportStateTo({ file }, { ...host.locations, metadata: { description }, ifChanged: true, ...more });

  it('the same state makes no new snapshot, whatever it is called, and another one does', async () => {
    const file = await place!.at('same-state');
    const host = makeHost();
    host.install('weather', { policy: policyText({ network: ['api.example'] }) });
    const first = await write(host, file, 'first');
    expect(first).toMatchObject({ changed: true, transfer: { sent: { blobs: 1 } } });
    const again = await write(host, file, 'again');
    expect(again).toMatchObject({
      changed: false,
      digest: first.digest,
      reference: first.reference,
      transfer: { sent: { blobs: 0 }, skipped: { blobs: 1 } },
      notes: [expect.stringContaining('description and tags stay')],
    });
    expect((await openSnapshot(file)).document.metadata?.description).toBe('first');
    // Without the option it is another snapshot, of the same code.
    const described = await exportStateTo({ file }, { ...host.locations, metadata: { description: 'new' } });
    expect(described).toMatchObject({
      changed: true,
      transfer: { sent: { blobs: 0 }, shared: { blobs: 1 } },
    });
    host.install('weather', { policy: policyText({ network: ['other.example'] }) });
    const changed = await write(host, file, 'changed');
    expect(changed).toMatchObject({ changed: true, transfer: { sent: { blobs: 0 }, shared: { blobs: 1 } } });
    expect((await openSnapshot(file)).document.metadata?.description).toBe('changed');
    expect(await (await openSnapshot(file)).validate()).toBeGreaterThan(0);
  });

  it('a signature that is lacking is added to the snapshot that is there', async () => {
    const file = await place!.at('to-be-signed');
    const host = makeHost();
    host.install('weather');
    const first = await write(host, file, 'first');
    const signers = [{ key: testKey('ed25519') }];
    const signed = await exportStateTo({ file }, { ...host.locations, signers });
    expect(signed.signatures).toHaveLength(2);
    const again = await write(host, file, 'again', { signers });
    expect([again.changed, again.digest]).toEqual([false, signed.digest]);
    expect(first.document.state_digest).toBe(again.document.state_digest);
  });
});
