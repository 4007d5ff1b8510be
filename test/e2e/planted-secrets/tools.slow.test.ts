// 200 secrets of many shapes, wherever people have some: no answer of a tool, and no line of a server's log, has one of them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { TestHost } from '../../fixtures/host.ts';
import { PlantedHost, seedOfRun } from '../../fixtures/planted-host.ts';
import { INITIALIZE, RawSession } from '../../fixtures/servers/raw-session.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';

const seed = seedOfRun();

async function opened(planted: PlantedHost, { flags }: TestHost, more: readonly string[]) {
  const child = planted.serve([...flags, '--allow-dir', planted.out, '--allow-dir', planted.files, ...more]);
  const session = new RawSession(child);
  await session.open();
  const call = async (tool: string, args: object) => {
    const { result, error } = await session.call(tool, args);
    planted.heard(`${tool} ${JSON.stringify(args).slice(0, 300)}`, JSON.stringify(result ?? error));
    return result;
  };
  const end = async () => {
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.stdin!.end();
    await gone;
  };
  return { call, end };
}

test('no planted secret gets out of the three tools, in a handoff or with files and addresses of secrets', async () => {
  const planted = new PlantedHost(seed);
  const { giver, taker, out } = planted;
  const identity = path.join(out, 'mine.txt');
  writeFileSync(identity, `${KEYS.mine.identity}\n`, { mode: 0o600 });
  const from = await opened(planted, giver, ['--recipient', KEYS.mine.recipient]);
  const to = await opened(planted, taker, ['--identity', identity]);
  const destination = path.join(out, 't.json');
  const exported = await from.call('export_state', {
    destination,
    include_binaries: true,
    include_secrets: true,
  });
  expect(exported.structuredContent, JSON.stringify(exported)).toMatchObject({ snapshot: destination });
  await to.call('list_snapshot_components', { snapshot: destination });
  const planning = await to.call('import_state', { snapshot: destination, include_secrets: true });
  expect(planning.structuredContent, JSON.stringify(planning)).toBeDefined();
  const next = planning.structuredContent.next_step.arguments;
  expect((await to.call('import_state', next)).structuredContent).toMatchObject({ status: 'applied' });
  await to.call('import_state', next);
  await to.call('export_state', {});
  await to.call('list_snapshot_components', {});

  const addresses = planted.inUris.flatMap((value) => {
    const part = encodeURIComponent(value);
    return [`https://user:${part}@host.example/x.json`, `oci://host.example/x:1?token=${part}#${part}`];
  });
  for (const file of [...planted.theirFiles(), ...addresses]) {
    await to.call('import_state', { snapshot: file });
    await to.call('import_state', { snapshot: file, include_secrets: true });
    await to.call('list_snapshot_components', { snapshot: file });
    await from.call('export_state', { destination: file });
  }
  await Promise.all([from.end(), to.end()]);
  planted.expectNothingOut();
});

test('no planted secret gets to an agent or the log from a program that prints what it was given', async () => {
  const planted = new PlantedHost(seed);
  const program = path.join(planted.files, 'wassette');
  const lines = path.join(planted.files, 'lines.txt');
  writeFileSync(program, `#!/bin/sh\ncat ${lines}\nexit 3\n`, { mode: 0o755 });
  for (const value of planted.printed) {
    const part = encodeURIComponent(value);
    const word = /[\s"']/.test(value) ? JSON.stringify(value) : value;
    writeFileSync(
      lines,
      [
        `PASSWORD=${JSON.stringify(value)} token: ${word}`,
        `connecting to https://user:${part}@host.example/?key=${part}`,
        JSON.stringify({ level: 30, api_key: value }),
      ].join('\n'),
    );
    const child = planted.serve([program, 'run']);
    const gone = new Promise((resolve) => child.once('close', resolve));
    const { error } = await new RawSession(child).request('initialize', INITIALIZE);
    planted.heard('initialize', JSON.stringify(error));
    expect(error.message).toContain('it printed');
    child.stdin!.end();
    await gone;
  }
  planted.expectNothingOut();
});
