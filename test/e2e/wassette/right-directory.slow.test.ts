// A wrapped command may serve another directory than its arguments say, as a container does: seen before anything is said.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { componentOfText } from '../../fixtures/components/wat-components.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

/** Starts Wassette on the directory INSIDE, whatever it is told. */
const ELSEWHERE = ['/bin/sh', '-c', 'exec "$0" run --component-dir "$INSIDE"'];
const UNPROVEN = /not proven that the running Wassette works on this directory: /;

async function install(host: TestHost, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const text = `(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
      (func $f (canon lift (core func $i "f"))) (export "${id}" (func $f)))`;
    host.install(id, { code: Buffer.from(await componentOfText(text)), policy: policyText({}) });
  }
}

/** What is authoritative: the caches are Wassette's to make. */
const own = (host: TestHost) => Object.keys(host.files()).filter((name) => !/cwasm|metadata/.test(name));

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])('a launcher of Wassette %s', (version) => {
  test.each([
    ['has components that are not there', [], ['a', 'b'], 'only there: \\"a\\", \\"b\\"'],
    ['lacks those that are', ['a'], [], 'only here: \\"a\\"'],
    ['has others', ['a'], ['b'], 'only there: \\"b\\"; only here: \\"a\\"'],
  ])('on a directory that %s is refused by export, list and plan', async (_, here, inside, difference) => {
    const host = makeHost();
    const other = makeHost();
    await install(host, ...here);
    await exportStateTo({ name: 'tools' }, host.locations).catch(() => undefined);
    await install(other, ...inside);
    const agent = await WrappedAgent.start(version, host, {
      through: ELSEWHERE,
      env: { INSIDE: other.locations.componentDir },
    });
    const before = [own(host), own(other)];
    const calls: [string, object][] = [
      ['export_state', {}],
      ['list_snapshot_components', {}],
    ];
    if (here.length > 0) calls.push(['import_state', { snapshot: 'tools' }]);
    for (const [tool, args] of calls) {
      const answer = await agent.call(tool, { ...args });
      expect(answer.text).toContain('STORE_OTHER_HOST');
      expect(answer.text).toContain(difference);
    }
    expect([own(host), own(other)]).toEqual(before);
  });

  test('on a copy is not told from the right one, and that is said; where the system shows which it is, nothing', async () => {
    const host = makeHost();
    await install(host, 'a');
    const other = makeHost();
    cpSync(host.locations.componentDir, other.locations.componentDir, { recursive: true });
    const env = { INSIDE: other.locations.componentDir };
    const copied = await WrappedAgent.start(version, host, { through: ELSEWHERE, env });
    const right = await WrappedAgent.start(version, host);
    for (const tool of ['export_state', 'list_snapshot_components']) {
      expect((await copied.call(tool)).text).toMatch(UNPROVEN);
      expect((await right.call(tool)).text).not.toMatch(UNPROVEN);
    }
  });

  test('whose own tools are switched off cannot be asked, and that is said', async () => {
    const host = makeHost();
    await install(host, 'a');
    const agent = await WrappedAgent.start(version, host, { run: ['--disable-builtin-tools'] });
    const exported = await agent.call('export_state');
    expect(exported.isError).toBe(false);
    expect(exported.text).toContain('its own tools are switched off');
  });

  test('on a read-only mount is exported', async ({ skip }) => {
    const host = makeHost();
    await install(host, 'a');
    const { componentDir } = host.locations;
    mkdirSync(path.join(componentDir, 'downloads')); // without it Wassette does not start there
    const mount = (...args: string[]) => spawnSync('mount', [...args, componentDir]).status === 0;
    if (!mount('--bind', componentDir)) return skip('only root may mount');
    onTestFinished(() => void spawnSync('umount', [componentDir]));
    expect(mount('-o', 'remount,ro,bind')).toBe(true);
    const agent = await WrappedAgent.start(version, host);
    const exported = await agent.call('export_state', { name: 'mounted' });
    expect(exported.text).toContain('Exported 1 component');
    expect((await agent.call('import_state', { snapshot: 'mounted' })).structured.status).toBe(
      'nothing_to_do',
    );
    await agent.stop();
  });
});
