// Another implementation of the OCI image specification reads our layout. Fails where skopeo is not installed.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyAllVerified } from '../../../src/disk/blobs/blob.ts';
import { FileDriver } from '../../../src/places/oci/drivers/file.ts';
import { OciLayout } from '../../../src/places/oci/layout.ts';
import { openLocalStore } from '../../../src/places/oci/local-store.ts';
import { recordingSinks, sampleSnapshot } from '../sample-snapshot.ts';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'skopeo-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

const skopeo = async (...args: string[]) => (await promisify(execFile)('skopeo', args)).stdout;

it('skopeo reads the manifest by name and finds the snapshot digest in it', async () => {
  const { content, blobs } = sampleSnapshot(['a', 'b']);
  const { digest } = await openLocalStore(base).write(content, blobs, { name: 'daily' });
  const manifest = JSON.parse(await skopeo('inspect', '--raw', `oci:${base}/snapshots:daily`));
  expect(manifest.config.digest).toBe(digest);
  expect(manifest.layers).toHaveLength(2);
});

it('skopeo copies a snapshot to another layout, where it opens with every byte', async () => {
  const { document, content, blobs } = sampleSnapshot(['c', 'd', 'e']);
  const { digest } = await openLocalStore(base).write(content, blobs, { name: 'nightly' });
  await skopeo('copy', '--insecure-policy', `oci:${base}/snapshots:nightly`, `oci:${base}/copy:nightly`);
  const copied = await new OciLayout(new FileDriver(path.join(base, 'copy'))).open('nightly');
  expect(copied.content.digest).toBe(digest);
  const { delivered, sinkFor } = recordingSinks();
  await copyAllVerified(
    document.components.map(({ artifact }) => artifact),
    copied.blobs,
    sinkFor,
  );
  expect(delivered.size).toBe(3);
});
