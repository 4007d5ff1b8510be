// Code at the addresses that a snapshot names: over HTTPS, and in registries that want a login or have been changed.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { collected } from '../../../src/codec/bytes.ts';
import { AddressFence } from '../../../src/net/address-fence.ts';
import { RemoteFence } from '../../../src/net/remote-fence.ts';
import { Credentials } from '../../../src/places/registry/auth/credentials.ts';
import { RemoteCode } from '../../../src/site/code/remote-code.ts';
import { type CodeSource, sourceIn } from '../../../src/site/code/source.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { pushImage, wasmLayer } from '../../fixtures/servers/registries/component-images.ts';
import { failed, MemoryRegistry } from '../../fixtures/servers/registries/memory-registry.ts';
import { client, testAuthority, type WebServer, webServer } from '../../fixtures/servers/web-server.ts';
import { passwordOf } from '../../places/registry/registry-place.ts';

const CODE = componentBytes('the code');
const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

function sourceAt(uri: string): CodeSource {
  const artifact = { sha256: sha256Of(CODE), size: CODE.length };
  return sourceIn({ component_id: 'a', artifact, uri })!;
}

/** A web server with this file at every path, and code from there for what a snapshot names, where `prefixes` allow it. */
async function served(bytes: Buffer, prefixes?: (server: WebServer) => string[]) {
  const authority = await testAuthority();
  const server = await webServer((_asked, response) => response.end(bytes), authority);
  const fence = AddressFence.forOthers(RemoteFence.of(prefixes?.(server) ?? [server.url.href]));
  const http = client({ ca: authority.ca }, fence);
  return {
    server,
    remote: new RemoteCode(http, new Credentials({ inline: null, files: [] }), null, undefined),
  };
}

const read = (remote: RemoteCode, source: CodeSource) => collected(remote.codeFrom(source).open());

it('code is read from a web server over HTTPS', async () => {
  const { server, remote } = await served(CODE);
  const source = sourceAt(`${server.url}tools/a.wasm`);
  expect(await read(remote, source)).toEqual(CODE);
  expect(remote.loadable).toEqual([source]);
});

it.each([
  [
    'other code of the same size',
    Buffer.from(CODE.map((byte, i) => (i === CODE.length - 1 ? byte ^ 1 : byte))),
  ],
  ['less', CODE.subarray(0, -1)],
  ['more', Buffer.concat([CODE, Buffer.from('more')])],
  ['a page', Buffer.from('<!doctype html><title>Log in</title>')],
])(
  'what is %s is an error with both digests, and nothing beyond the size is given on',
  async (_what, bytes) => {
    const { server, remote } = await served(bytes);
    const seen: Buffer[] = [];
    const error = await (async () => {
      for await (const chunk of remote.codeFrom(sourceAt(`${server.url}a.wasm`)).open())
        seen.push(Buffer.from(chunk));
    })().catch((e) => e);
    expect(error).toEqual(failing('VERIFY_DIGEST_MISMATCH'));
    expect(error.details).toEqual({ component_id: 'a', expected: sha256Of(CODE), found: sha256Of(bytes) });
    expect(Buffer.concat(seen).length).toBeLessThanOrEqual(CODE.length);
    expect(remote.loadable).toEqual([]);
  },
);

it('a web server on this machine is not asked, unless a prefix names it', async () => {
  const { server, remote } = await served(CODE, () => ['https://files.example/']);
  await expect(read(remote, sourceAt(`${server.url}a.wasm`))).rejects.toThrow(
    failing('POLICY_OUTSIDE_FENCE'),
  );
  expect(server.asked).toEqual([]);
});

it('a redirect leads to no address that a snapshot could not name', async () => {
  const authority = await testAuthority();
  const inside = await webServer((_asked, response) => response.end(CODE), authority);
  const outside = await webServer(
    (_asked, response) => response.writeHead(302, { location: `${inside.url}a.wasm` }).end(),
    authority,
  );
  const fence = AddressFence.forOthers(RemoteFence.of([outside.url.href]));
  const http = client({ ca: authority.ca }, fence);
  const remote = new RemoteCode(http, new Credentials({ inline: null, files: [] }), null, undefined);
  await expect(read(remote, sourceAt(`${outside.url}a.wasm`))).rejects.toThrow(
    failing('POLICY_OUTSIDE_FENCE'),
  );
  expect(inside.asked).toEqual([]);
});

it('credentials and the query of an address are in no message', async () => {
  const { server, remote } = await served(Buffer.from('other'));
  const uri = `https://user:secret@${server.url.host}/a.wasm?token=secret`;
  const error = await read(remote, sourceAt(uri)).catch((e) => e);
  expect(JSON.stringify(error)).not.toContain('secret');
});

/** A registry that lets in whoever has the password. */
async function guarded() {
  const registry = await MemoryRegistry.start({
    intercept({ authorization }, response) {
      if (authorization === `Basic ${passwordOf('me', 'pass').auth}`) return false;
      response.setHeader('www-authenticate', 'Basic realm="registry"');
      failed(response, 401, 'UNAUTHORIZED');
      return true;
    },
  });
  pushImage(registry, 'team/a', '1', [wasmLayer(CODE)]);
  const fence = AddressFence.forOthers(RemoteFence.of([`oci://${registry.address}`]));
  const remoteFor = (auths: object) =>
    new RemoteCode(
      client({}, fence),
      new Credentials({ inline: JSON.stringify({ auths }), files: [] }),
      null,
      undefined,
    );
  return { source: sourceAt(`oci://${registry.address}/team/a:1`), remoteFor, registry };
}

it('an image is read with the login that is kept for its registry, and without one that is denied', async () => {
  const { source, remoteFor, registry } = await guarded();
  expect(await read(remoteFor({ [registry.address]: passwordOf('me', 'pass') }), source)).toEqual(CODE);
  await expect(read(remoteFor({}), source)).rejects.toThrow(failing('STORE_DENIED'));
});

it('a list of images is an error, since none of them is named', async () => {
  const registry = await MemoryRegistry.start();
  const list = 'application/vnd.oci.image.index.v1+json';
  registry.put(
    'team/a:1',
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: list, manifests: [] })),
    list,
  );
  const fence = AddressFence.forOthers(RemoteFence.of([`oci://${registry.address}`]));
  const remote = new RemoteCode(
    client({}, fence),
    new Credentials({ inline: null, files: [] }),
    null,
    undefined,
  );
  await expect(read(remote, sourceAt(`oci://${registry.address}/team/a:1`))).rejects.toThrow(
    failing('FORMAT_NOT_A_COMPONENT'),
  );
});

it('an image without code is an error that says so', async () => {
  const registry = await MemoryRegistry.start();
  pushImage(registry, 'team/a', '1', [
    { bytes: Buffer.from('x'), mediaType: 'application/vnd.oci.image.layer.v1.tar' },
  ]);
  const fence = AddressFence.forOthers(RemoteFence.of([`oci://${registry.address}`]));
  const remote = new RemoteCode(
    client({}, fence),
    new Credentials({ inline: null, files: [] }),
    null,
    undefined,
  );
  const error = await read(remote, sourceAt(`oci://${registry.address}/team/a:1`)).catch((e) => e);
  expect(error).toEqual(failing('VERIFY_DIGEST_MISMATCH'));
  expect(error.message).toContain('got no code');
});
