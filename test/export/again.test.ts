import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { exportState, exportStateTo, listHost, planImportState } from '../../src/index.ts';
import { componentBytes } from '../fixtures/components/component.ts';
import { makeHost } from '../fixtures/host.ts';
import { rememberHash } from '../fixtures/remembered-hashes.ts';

const TRUE = sha256Hex(componentBytes('tool'));
const FALSE = sha256Hex('something else');

/** A host whose cache says what no reader of the file would: so a test sees who believes it. */
async function misremembering() {
  const host = makeHost();
  host.install('tool');
  await rememberHash(host, 'tool', FALSE);
  return { ...host, file: path.join(host.locations.componentDir, 'tool.wasm') };
}

describe('what an export remembers of code that it has read', () => {
  it('spares the next export from reading it, while the file is as it was', async () => {
    const { locations, file } = await misremembering();
    const sha256 = async () => (await exportState(locations)).document.components[0]?.artifact.sha256;
    expect(await sha256()).toBe(FALSE);
    writeFileSync(file, readFileSync(file));
    expect(await sha256()).toBe(TRUE);
  });

  it('counts for no plan and no list: these read the code', async () => {
    const giver = makeHost();
    giver.install('tool');
    const snapshot = await exportState({ ...giver.locations, includeBinaries: true });
    const { locations } = await misremembering();
    expect((await listHost(locations)).components[0]).toMatchObject({ sha256: TRUE });
    expect((await planImportState(snapshot, locations)).steps[0]).toMatchObject({ action: 'unchanged' });
  });

  it('is found out where it is wrong, when the code is copied: then all of it is read again', async () => {
    const host = await misremembering();
    const json = path.join(path.dirname(host.locations.componentDir), 'state.json');
    for (const destination of [{}, { file: json }]) {
      await rememberHash(host, 'tool', FALSE);
      const { document } = await exportStateTo(destination, { ...host.locations, includeBinaries: true });
      expect(document.components[0]?.artifact.sha256).toBe(TRUE);
      expect((await exportState(host.locations)).document.components[0]?.artifact.sha256).toBe(TRUE);
    }
  });
});
