// What an agent reads: what is said first, and that every call and command it is given can be made.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { componentBytes, coreModuleBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { approvalIn, connect } from '../../fixtures/servers/mcp.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

function rootOf(host: TestHost): string {
  return path.dirname(host.locations.componentDir);
}

/** Runs what an agent passes on, in another shell. */
function paste(command: string): number | null {
  const [program, ...rest] = command.split(' ');
  expect(program).toBe('wassette-state');
  const shell = `exec "$0" "$1" ${rest.join(' ')}`;
  const { status } = spawnSync('/bin/sh', ['-c', shell, process.execPath, PROGRAM], {
    cwd: '/',
    env: { PATH: process.env.PATH, HOME: '/nonexistent' },
  });
  return status;
}

test('a file without code says first what another machine lacks, and its call puts the code in', async () => {
  const host = makeHost();
  host.install('weather', { policy: policyText({}) });
  const destination = path.join(rootOf(host), 'state.json');
  const { call } = await connect(host, { allowDirs: [rootOf(host)] });
  const lean = await call('export_state', { destination, tags: 'for=b, at=c' });
  const size = componentBytes('weather').length;
  expect(lean.text).toMatch(
    new RegExp(
      `^The code is NOT in this file, so it is no backup: another machine lacks ${size} bytes of code, for weather`,
    ),
  );
  const offered = /call export_state with (\{.*\})\./.exec(lean.text)![1]!;
  expect(JSON.parse(offered)).toEqual({
    destination,
    include_binaries: true,
    tags: ['for=b', 'at=c'], // as it is advertised
  });
  const full = await call('export_state', JSON.parse(offered));
  expect(full.structured).toMatchObject({ carries_binaries: true, snapshot: destination, changed: true });
  expect(full.text).not.toContain('NOT in this file');
  const other = await connect(makeHost(), { allowDirs: [rootOf(host)] });
  expect((await other.call('import_state', { snapshot: destination })).structured.status).toBe('planned');
});

test('what lacks its code is named with the call of the agent that has it', async () => {
  const host = makeHost();
  host.install('weather');
  const destination = path.join(rootOf(host), 'state.json');
  await (await connect(host, { allowDirs: [rootOf(host)] })).call('export_state', { destination });
  const other = await connect(makeHost(), { allowDirs: [rootOf(host)] });
  await expect(other.call('import_state', { snapshot: destination })).rejects.toEqual(
    failing('VERIFY_PART_MISSING', { hint: expect.stringContaining('calls export_state with {') }),
  );
  const { notes } = (await other.call('list_snapshot_components', { snapshot: destination })).structured;
  expect(notes).toEqual([expect.stringContaining('the code of "weather" is neither')]);
});

test('a destination in a directory that does not exist is said to be that, and nothing is made', async () => {
  const host = makeHost();
  host.install('weather');
  const { call } = await connect(host, { allowDirs: [rootOf(host)] });
  const destination = path.join(rootOf(host), 'new', 'state.json');
  await expect(call('export_state', { destination })).rejects.toEqual(failing('STORE_NOT_FOUND'));
  expect(existsSync(path.dirname(destination))).toBe(false);
});

test('where no Wassette ever ran the list is empty and names the directory; an export is an error that does', async () => {
  const host = makeHost();
  rmSync(host.locations.componentDir, { recursive: true });
  const { call } = await connect(host);
  const { structured, text } = await call('list_snapshot_components');
  expect(structured).toMatchObject({ component_count: 0, of: host.locations.componentDir });
  expect(text).toContain('does not exist');
  await expect(call('export_state')).rejects.toEqual(
    expect.objectContaining({ message: expect.stringContaining(host.locations.componentDir) }),
  );
});

test('everything that keeps components from an export comes at once, with the call that takes the others', async () => {
  const host = makeHost();
  host.install('good');
  host.install('module', { code: coreModuleBytes() });
  host.install('empty', { code: Buffer.alloc(0) });
  const { call } = await connect(host);
  const refused = (await call('export_state').catch((error) => error)) as { message: string; hint: string };
  for (const named of ['"module": it is a core module', '"empty": it is empty'])
    expect(refused.message).toContain(named);
  const ids = JSON.parse(/component_ids: (\[.*\])/.exec(refused.hint)![1]!) as string[];
  expect((await call('export_state', { component_ids: ids })).structured.component_ids).toEqual(['good']);
});

test('a page beyond the last is an error, also for the call that would apply', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather');
  const { structured } = await (await connect(giver)).call('export_state');
  const { call } = await connect(taker);
  const { snapshot } = structured as { snapshot: string };
  await expect(call('list_snapshot_components', { snapshot, page: 99 })).rejects.toEqual(
    failing('USAGE_BAD_ARGUMENT', { details: { page: 99, pages: 1 } }),
  );
  const approval = approvalIn(await call('import_state', { snapshot }));
  await expect(call('import_state', { ...approval, page: 2 })).rejects.toEqual(failing('USAGE_BAD_ARGUMENT'));
  expect(taker.files()).toEqual({});
  expect((await call('import_state', approval)).structured.status).toBe('applied');
});

test('a wrong approval names every missing sentence whole, and how to get the plan again', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  const hosts = Array.from({ length: 7 }, (_, i) => `${'long-name.'.repeat(8)}host-${i}.example`);
  giver.install('weather', { policy: policyText({ network: hosts, environment: ['CITY'] }) });
  const { structured } = await (await connect(giver)).call('export_state');
  const { call } = await connect(taker);
  const approval = approvalIn(await call('import_state', { snapshot: structured.snapshot }));
  const wrong = (await call('import_state', { ...approval, accept: [] }).catch((error) => error)) as {
    code: string;
    hint: string;
    details: { missing: string[] };
  };
  expect(wrong.code).toBe('CONFLICT_APPROVAL_MISMATCH');
  expect(wrong.details.missing).toEqual(approval.accept);
  expect(wrong.hint).toContain('without `approve`');
  expect((await call('import_state', approval)).structured.status).toBe('applied');
});

test('a component that is left alone is not said to be the state of the snapshot', async () => {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { code: 'new' });
  taker.install('weather', { code: 'old' });
  const { snapshot } = (await (await connect(giver)).call('export_state')).structured;
  const { call } = await connect(taker);
  const { structured, text } = await call('import_state', { snapshot, skip_existing: true });
  expect(structured.status).toBe('nothing_to_do');
  expect(text).not.toContain('is that state already');
  expect(text).toContain('left alone');
});

test('the command that takes an import back works in another shell, whatever the names of the directories', async () => {
  const giver = makeHost();
  const taker = makeHost();
  const odd = path.join(rootOf(taker), "my team's $HOME & co");
  const locations = { componentDir: odd, secretsDir: `${odd} 2`, stateDir: `${odd} 3` };
  giver.install('weather', { policy: policyText({}) });
  const file = path.join(rootOf(giver), 'state.json');
  const a = await connect(giver, { allowDirs: [rootOf(giver)] });
  await a.call('export_state', { destination: file, include_binaries: true });
  const { call } = await connect(taker, { locations, allowDirs: [rootOf(giver)] });
  const applied = await call('import_state', approvalIn(await call('import_state', { snapshot: file })));
  expect(existsSync(path.join(odd, 'weather.wasm'))).toBe(true);
  const command = /the user runs in a terminal[^:]*: (wassette-state .*)$/m.exec(applied.text)![1]!;
  expect(paste(`${command} --yes`)).toBe(0);
  expect(existsSync(path.join(odd, 'weather.wasm'))).toBe(false);
});
