// What src/wassette/secrets/directory.ts finds in a secrets file, held against what the real thing hands the component.
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSecrets } from '../../../src/wassette/secrets/directory.ts';
import { environmentLister } from '../../fixtures/components/environment-lister.ts';
import { oddSecrets } from '../../fixtures/tables/odd-secrets.ts';
import { SECRETS_TABLE } from '../../fixtures/tables/secrets-table.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';

const GENERATED = 2_000;
const NOTHING_ALLOWED = 'version: "1.0"\npermissions: {}\n';

describe.each(['0.8.0', '0.4.0'] as const)('secrets files as Wassette %s reads them', (version) => {
  let home: string;
  let secretsDir: string;
  let componentDir: string;
  let wassette: LiveWassette;
  let own: ReadonlySet<string>;
  let time = 1_700_000_000;

  beforeAll(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'secrets-table-')));
    secretsDir = join(home, 'secrets');
    componentDir = join(home, 'components');
    await mkdir(componentDir);
    await writeFile(join(componentDir, 'probe.wasm'), await environmentLister());
    wassette = await LiveWassette.start({ version, componentDir, secretsDir, home });
    await wassette.waitForTools(['all-env']);
    own = new Set(await seen());
  });

  afterAll(async () => {
    await wassette?.stop();
    if (home !== undefined) await rm(home, { recursive: true, force: true });
  });

  async function seen(): Promise<string[]> {
    const { text, isError } = await wassette.call('all-env');
    expect(isError, text).toBe(false);
    return (JSON.parse(text) as [string, string][]).map(([name]) => name);
  }

  /** Names of the secrets that a component without a policy sees, and one with: frozen when the policy is loaded. */
  async function seenBothWays(): Promise<string[][]> {
    const secrets = async () => [...new Set(await seen())].filter((name) => !own.has(name)).sort();
    const path = `file://${componentDir}/probe.wasm`;
    await wassette.call('reset-permission', { component_id: 'probe' });
    const without = await secrets();
    await writeFile(join(componentDir, 'probe.policy.yaml'), NOTHING_ALLOWED);
    await wassette.call('load-component', { path });
    const withPolicy = await secrets();
    await wassette.call('reset-permission', { component_id: 'probe' });
    return [without, withPolicy];
  }

  /** Wassette reads a file again when its time is another one. */
  async function place(put: (file: string) => void): Promise<void> {
    await rm(secretsDir, { recursive: true });
    await mkdir(secretsDir);
    put(join(secretsDir, 'probe.yaml'));
    time += 10;
    await utimes(join(secretsDir, 'probe.yaml'), time, time).catch(() => undefined);
  }

  async function ours(): Promise<readonly string[] | 'unknown'> {
    const found = (await readSecrets(secretsDir)).files.get('probe') ?? [];
    return 'mark' in found ? 'unknown' : found;
  }

  it('have the names of every row of the table', async () => {
    const count = { names: 0, none: 0, unknown: 0 };
    for (const { title, put, names } of SECRETS_TABLE) {
      await place(put);
      const [without, withPolicy] = await seenBothWays();
      expect(await ours(), title).toEqual(names);
      expect(withPolicy, title).toEqual(without);
      if (names !== 'unknown') expect(without, title).toEqual(names);
      count[names === 'unknown' ? 'unknown' : names.length > 0 ? 'names' : 'none'] += 1;
    }
    console.log(`Wassette ${version}, secrets files of the table: ${JSON.stringify(count)}`);
    expect(count.names).toBeGreaterThanOrEqual(30);
    expect(count.none).toBeGreaterThanOrEqual(20);
  });

  it('have the names that we find in generated files, where we name them', async () => {
    const count = { names: 0, none: 0, unknown: 0 };
    const next = oddSecrets(20_251_125);
    for (let i = 0; i < GENERATED; i++) {
      const text = next();
      await place((file) => writeFileSync(file, text));
      const found = await ours();
      const theirs = [...new Set(await seen())].filter((name) => !own.has(name)).sort();
      if (found !== 'unknown') expect(theirs, JSON.stringify(text)).toEqual(found);
      count[found === 'unknown' ? 'unknown' : found.length > 0 ? 'names' : 'none'] += 1;
    }
    console.log(`Wassette ${version}, ${GENERATED} generated secrets files: ${JSON.stringify(count)}`);
    expect(count.names).toBeGreaterThanOrEqual(100);
    expect(count.none).toBeGreaterThanOrEqual(200);
  });
});
