// Imports of snapshots without their code: it is fetched from where the snapshot says it is, and from nowhere else.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import type { Progress } from '../../../src/disk/progress.ts';
import { exportState, importState, planImportState, Snapshot } from '../../../src/index.ts';
import { openLocalStore } from '../../../src/places/oci/local-store.ts';
import { registryReference } from '../../../src/places/references/registry.ts';
import { judgeImport } from '../../../src/site/approval/judging.ts';
import { openSite } from '../../../src/site/site.ts';
import { rememberOrigin } from '../../../src/state/origins.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';
import { operatorPolicy } from '../../fixtures/operator-policy.ts';
import { refused } from '../../fixtures/refused-import.ts';
import {
  pushImage,
  startRegistry as start,
  wasmLayer,
} from '../../fixtures/servers/registries/component-images.ts';
import type { MemoryRegistry } from '../../fixtures/servers/registries/memory-registry.ts';
import { textWithout, snapshotWithout as without } from '../../fixtures/snapshot-without-code.ts';
import { registryPlace } from '../../places/registry/registry-place.ts';
import { sampleSnapshot } from '../../places/sample-snapshot.ts';

const codeOf = (id: string) => componentBytes(id);

describe('code that a snapshot does not carry', () => {
  it.each([
    'application/wasm',
    'application/vnd.wasm.component.v1',
    'application/vnd.bytecodealliance.wasm.component.layer.v0+wasm',
  ])('is fetched from an image with a layer of %s, verified and put in place', async (mediaType) => {
    const { registry, uri, allowed } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'), mediaType)]);
    const host = makeHost();
    const snapshot = await without({ id: 'a', policy: policyText(), uri: `${uri}/a:1` });
    const { applied, plan } = await importState(snapshot, { ...host.locations, ...allowed, approval: 'all' });
    expect(applied).toHaveLength(1);
    expect(host.files()['a.wasm']).toEqual(codeOf('a'));
    expect(plan.warnings.join('\n')).toContain(`"a" from "${uri}/a:1"`);
  });

  it('is fetched from a snapshot in a registry, also where it is compressed there', async () => {
    for (const compress of [undefined, { codec: 'gzip' } as const]) {
      const { registry, uri, allowed } = await start();
      const { content, blobs } = sampleSnapshot(['a', 'b'], { code: codeOf });
      await registryPlace(`${uri}/tools:1`).write(content, blobs, { compress });
      registry.asked.length = 0;
      const host = makeHost();
      const snapshot = await without({ id: 'a', uri: `${uri}/tools:1` }, { id: 'b', uri: `${uri}/tools:1` });
      await importState(snapshot, { ...host.locations, ...allowed, approval: 'all' });
      expect([host.files()['a.wasm'], host.files()['b.wasm']]).toEqual([codeOf('a'), codeOf('b')]);
      expect(registry.log.filter((line) => line === 'GET manifests')).toHaveLength(1);
    }
  });

  it('is in the local store once a plan was made, so that what was reviewed is what is imported', async () => {
    const { registry, uri, allowed } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
    const host = makeHost();
    const snapshot = await without({ id: 'a', policy: policyText(), uri: `${uri}/a:1` });
    const plan = await planImportState(snapshot, { ...host.locations, ...allowed });
    expect(plan.warnings.join('\n')).toContain('was fetched from where the snapshot says it is');
    registry.asked.length = 0;
    const approval = {
      approve: plan.digest,
      accept: plan.sentences.map(({ text }) => text),
      nonce: plan.nonce,
    };
    await importState(snapshot, { ...host.locations, approval });
    expect(registry.asked).toEqual([]);
    expect(host.files()['a.wasm']).toEqual(codeOf('a'));
  });

  it('is not fetched for components that are not chosen, or whose code is there', async () => {
    const { registry, uri, allowed } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
    const host = makeHost();
    host.install('b', { policy: policyText() });
    const snapshot = await without(
      { id: 'a', uri: `${uri}/a:1` },
      { id: 'b', uri: `${uri}/b:1` },
      { id: 'c', uri: `${uri}/c:1` },
    );
    const only = { ...host.locations, ...allowed, approval: 'all', componentFilter: ['a', 'b'] } as const;
    await importState(snapshot, only);
    expect(registry.asked.every(({ path: asked }) => asked.startsWith('/v2/team/a/'))).toBe(true);
  });

  it('comes without the policy that its image includes, and the plan says so', async () => {
    const { registry, uri, allowed } = await start();
    const bundled = { bytes: Buffer.from(policyText({ network: ['evil.example'] })), mediaType: 'text/yaml' };
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a')), bundled]);
    const host = makeHost();
    const policy = policyText({ network: ['good.example'] });
    const snapshot = await without({ id: 'a', policy, uri: `${uri}/a:1` });
    const { plan } = await importState(snapshot, { ...host.locations, ...allowed, approval: 'all' });
    expect(host.files()['a.policy.yaml']!.toString()).toBe(policy);
    expect(plan.warnings.join('\n')).toContain(
      'the image of "a" includes a policy of its own, which is not used',
    );
  });

  it('is refused with both digests where the tag was moved to other code', async () => {
    const { registry, uri, allowed } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('moved'))]);
    const snapshot = await without({ id: 'a', uri: `${uri}/a:1` });
    const host = makeHost();
    await refused(host, snapshot, 'VERIFY_DIGEST_MISMATCH', allowed);
    const error = await planImportState(snapshot, { ...host.locations, ...allowed }).catch((e) => e);
    const [expected, found] = [sha256Hex(codeOf('a')), sha256Hex(codeOf('moved'))];
    expect(error.details).toEqual({ component_id: 'a', expected, found });
    expect(error.message).toContain(`expected sha256 ${expected}, got ${found}`);
    expect(error.remedy).toEqual({ do: 'carry-code' });
    expect(registry.log).not.toContain('GET blobs/'); // what is wrong is not downloaded
  });

  it('is refused where the registry sends other bytes than the image names', async () => {
    const { registry, uri, allowed } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
    const key = `team/a:sha256:${sha256Hex(codeOf('a'))}`;
    const wrong = Buffer.from(codeOf('a'));
    wrong[wrong.length - 1]! ^= 1;
    registry.blobs.set(key, wrong);
    const host = makeHost();
    const snapshot = await without({ id: 'a', uri: `${uri}/a:1` });
    await refused(host, snapshot, 'VERIFY_DIGEST_MISMATCH', allowed);
    const error = await planImportState(snapshot, { ...host.locations, ...allowed }).catch((e) => e);
    expect(error.details).toEqual({
      component_id: 'a',
      expected: sha256Hex(codeOf('a')),
      found: sha256Hex(wrong),
    });
    const { blobs } = openLocalStore(host.locations.stateDir);
    expect(await blobs.find(sha256Hex(codeOf('a')))).toBeNull();
  });

  it('goes on where it was after a failure', async () => {
    const { registry, uri, allowed } = await start();
    const ids = Array.from({ length: 40 }, (_, i) => `c${String(i).padStart(2, '0')}`);
    for (const id of ids.slice(0, 39)) pushImage(registry, `team/${id}`, '1', [wasmLayer(codeOf(id))]);
    const host = makeHost();
    const snapshot = await without(...ids.map((id) => ({ id, uri: `${uri}/${id}:1` })));
    await refused(host, snapshot, 'STORE_NOT_FOUND', allowed);
    const first = registry.asked.filter(({ path: asked }) => asked.includes('/blobs/')).length;
    expect(first).toBeGreaterThan(0);
    pushImage(registry, 'team/c39', '1', [wasmLayer(codeOf('c39'))]);
    registry.asked.length = 0;
    const reports: Progress[] = [];
    const onProgress = (report: Progress) => reports.push(report);
    const { applied } = await importState(snapshot, {
      ...host.locations,
      ...allowed,
      approval: 'all',
      onProgress,
    });
    expect(applied).toHaveLength(40);
    const second = registry.asked.filter(({ path: asked }) => asked.includes('/blobs/')).length;
    expect(first + second).toBe(40);
    const fetching = reports.filter(({ doing }) => doing === 'fetching');
    expect(fetching.at(-1)).toMatchObject({ fraction: 1, component: { count: second, position: second } });
  });
});

describe('code that is not to be had', () => {
  it.each([
    ['where there is no such image', 'STORE_NOT_FOUND', () => undefined],
    [
      'where its image lacks it',
      'VERIFY_PART_MISSING',
      (registry: MemoryRegistry) => {
        pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
        registry.blobs.clear();
      },
    ],
  ] as const)('%s is an error that names the component, and what helps', async (_where, code, prepare) => {
    const { registry, uri, allowed } = await start();
    prepare(registry);
    const snapshot = await without({ id: 'a', uri: `${uri}/a:1` });
    const error = await planImportState(snapshot, { ...makeHost().locations, ...allowed }).catch((e) => e);
    expect(error).toEqual(failing(code));
    expect(error.message).toContain('the code of component "a" cannot be fetched');
    expect(error.message).toContain(`${uri}/a:1`);
    expect(error.hint).toContain('get the snapshot with its code');
    expect(error.remedy).toEqual({ do: 'carry-code' });
  });
});

describe('an address that a snapshot names', () => {
  it('in a private network or on this machine is not asked, unless a prefix names it', async () => {
    const { registry, uri } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
    const snapshot = await without({ id: 'a', uri: `${uri}/a:1` });
    await refused(makeHost(), snapshot, 'POLICY_OUTSIDE_FENCE');
    await refused(makeHost(), snapshot, 'POLICY_OUTSIDE_FENCE', { fetchFrom: ['oci://registry.example'] });
    expect(registry.asked).toEqual([]);
    for (const address of ['10.0.0.1', '169.254.169.254', '[fd00:ec2::254]']) {
      const inside = await without({ id: 'a', uri: `https://${address}/a.wasm` });
      await refused(makeHost(), inside, 'POLICY_OUTSIDE_FENCE');
    }
  });

  it('is asked for an agent only where a prefix names it, and none before all are allowed', async () => {
    const { registry, uri } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
    const snapshot = await without(
      { id: 'a', uri: `${uri}/a:1` },
      { id: 'b', uri: 'https://files.example/b.wasm?what=is-told' },
    );
    const options = { fetchFrom: [uri], fetchElsewhere: false };
    await refused(makeHost(), snapshot, 'POLICY_OUTSIDE_FENCE', options);
    expect(registry.asked).toEqual([]);
  });

  it.each(['file:///etc/hostname', 'ni:///sha-256;AAAA', 'http://127.0.0.1/a.wasm', 's3://bucket/a'])(
    'is nothing that is fetched from if it is %s',
    async (uri) => {
      await refused(makeHost(), await without({ id: 'a', uri }), 'VERIFY_PART_MISSING', {
        fetchFrom: ['http://127.0.0.1'],
      });
    },
  );

  it('is not read where it is a file, although that has the code', async () => {
    const other = makeHost();
    other.install('a');
    const file = path.join(other.locations.componentDir, 'a.wasm');
    expect(readFileSync(file)).toEqual(codeOf('a'));
    const snapshot = await without({ id: 'a', uri: `file://${file}` });
    const error = await planImportState(snapshot, makeHost().locations).catch((e) => e);
    expect(error).toEqual(failing('VERIFY_PART_MISSING'));
    expect(error.message).toContain('a file that a snapshot names as the source is not read');
  });
});

describe('what is refused in any case', () => {
  it('is not fetched where the operator does not allow its source, and is where that is allowed', async () => {
    const { registry, uri, allowed } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
    const policy = policyText();
    const snapshot = await without({ id: 'a', policy, uri: `${uri}/a:1` });
    const file = makeHost().locations.stateDir;
    const opened = Snapshot.of({
      ...snapshot,
      content: snapshot.content,
      openedFrom: { kind: 'file', path: `${file}/tools.json` },
    });
    const caps = (sources: string) => ({ ...allowed, policy: operatorPolicy({ sources }) });
    await refused(makeHost(), opened, 'POLICY_BEYOND_CAPS', caps(`[${JSON.stringify(file)}]`));
    expect(registry.asked).toEqual([]);
    const host = makeHost();
    const both = caps(`[${JSON.stringify(file)}, ${JSON.stringify(uri)}]`);
    const { applied } = await importState(opened, { ...host.locations, ...both, approval: 'all' });
    expect(applied).toHaveLength(1);
  });

  it('is not fetched to explain what the policy says of it, which is said of its source, too', async () => {
    const { registry, uri } = await start();
    const host = makeHost();
    const file = path.join(path.dirname(host.locations.stateDir), 'tools.json');
    writeFileSync(file, textWithout({ id: 'a', policy: policyText(), uri: `${uri}/a:1` }));
    const policy = operatorPolicy({ sources: `[${JSON.stringify(path.dirname(file))}]` });
    const verdicts = await judgeImport(file, await openSite(host.locations), { ...host.locations, policy });
    expect(verdicts).toContainEqual(
      expect.objectContaining({ text: `the code of "a" comes from "${uri}/a:1"`, decision: 'refused' }),
    );
    expect(registry.asked).toEqual([]);
  });

  it('is not fetched where no import may allow more', async () => {
    const { registry, uri, allowed } = await start();
    pushImage(registry, 'team/a', '1', [wasmLayer(codeOf('a'))]);
    const snapshot = await without({
      id: 'a',
      policy: policyText({ network: ['x.example'] }),
      uri: `${uri}/a:1`,
    });
    await refused(makeHost(), snapshot, 'POLICY_WIDENED', { ...allowed, neverWiden: true });
    expect(registry.asked).toEqual([]);
  });
});

it('code that was fetched is known to be from there, so that the next export says it, unless this host knows better', async () => {
  const { registry, allowed } = await start();
  const [a, b] = ['a', 'b'].map((id) => {
    const digest = pushImage(registry, `team/${id}`, '1', [wasmLayer(codeOf(id))]);
    return registryReference(registry.address, `team/${id}`, null, digest).text;
  });
  const host = makeHost();
  const known = 'oci://registry.example/b:1';
  await rememberOrigin(host.state, sha256Hex(codeOf('b')), known, 1);
  const snapshot = await without({ id: 'a', uri: a! }, { id: 'b', uri: b! });
  await importState(snapshot, { ...host.locations, ...allowed, approval: 'all' });
  const { components } = (await exportState(host.locations)).document;
  expect(components.map(({ source_uri }) => source_uri)).toEqual([a, known]);
});
