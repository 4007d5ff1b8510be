// Sealed secrets against the real Wassette, old and new: what a component needs is there after the handoff and not without
// it, and after an undo it is as before.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exportStateTo, importState, openSnapshot, undoImport } from '../../../src/index.ts';
import { secretsText, valuesIn } from '../../../src/wassette/secrets/contents.ts';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';
import { LiveWassette, type WassetteVersion } from '../../fixtures/wassette/wassette.ts';

const VALUES = {
  TOKEN: 'hunter2',
  EMPTY: '',
  LINES: 'a\nb\r\n\tc',
  ODD: ' ü "x" \'y\' #z: \\ ',
  PORT: '8080',
  WORD: 'null',
  RARE: '\u0085\u2028\ufeff\u{1f511}',
};
const UNSEALED = { includeSecrets: true, decryptionKey: KEYS.mine.identity };

/** What a real Wassette that is started for it gives the component, by name. */
async function seenIn(
  version: WassetteVersion,
  host: TestHost,
  names: readonly string[],
): Promise<Record<string, string>> {
  const { componentDir, secretsDir } = host.locations;
  const home = path.join(path.dirname(componentDir), 'home');
  const wassette = await LiveWassette.start({ version, componentDir, secretsDir, env: {}, home });
  onTestFinished(() => wassette.stop());
  await wassette.waitForTools(['weather-get-env']);
  const seen: Record<string, string> = {};
  for (const name of names) seen[name] = (await wassette.call('weather-get-env', { name })).text;
  await wassette.stop();
  return seen;
}

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])('sealed secrets and Wassette %s', (version) => {
  test('are what the component sees after the handoff, value by value, and not before it or after an undo', async () => {
    const giver = makeHost();
    const code = readFileSync(await probeComponent({ name: 'weather' }));
    giver.install('weather', { code, policy: policyText() });
    const stored = path.join(giver.locations.secretsDir, 'weather.yaml');
    writeFileSync(stored, secretsText(new Map(Object.entries(VALUES))));
    const names = Object.keys(VALUES);
    const given = await seenIn(version, giver, names);
    for (const [name, value] of Object.entries(VALUES)) expect(given[name]).toContain(value);

    const taker = makeHost();
    taker.storeSecrets('weather', { TOKEN: 'mine' });
    const file = path.join(path.dirname(taker.locations.componentDir), 'state.json');
    const sealed = { includeBinaries: true, includeSecrets: true, encryptionKey: KEYS.mine.recipient };
    await exportStateTo({ file }, { ...giver.locations, ...sealed });
    const snapshot = await openSnapshot(file);

    await importState(snapshot, { ...taker.locations, approval: 'all' });
    expect((await seenIn(version, taker, ['TOKEN', 'PORT'])).TOKEN).toContain('mine');

    await importState(snapshot, { ...taker.locations, ...UNSEALED, approval: 'all' });
    expect(await seenIn(version, taker, names)).toEqual(given);

    await undoImport({ ...taker.locations, approval: 'all' });
    const undone = await seenIn(version, taker, names);
    expect(undone.TOKEN).toContain('mine');
    expect(undone.PORT).not.toContain('8080');
  });

  test('what is read from a secrets file to be sealed is what Wassette reads', async () => {
    const host = makeHost();
    copyFileSync(
      await probeComponent({ name: 'weather' }),
      path.join(host.locations.componentDir, 'weather.wasm'),
    );
    writeFileSync(path.join(host.locations.componentDir, 'weather.policy.yaml'), policyText());
    const file = path.join(host.locations.secretsDir, 'weather.yaml');
    const texts = [
      'A: 007\nB: 1.10\nC: ~\nD:\nE: true\nF: 0x1F\nG: 2020-01-01\nH: .inf\n',
      'A: >-\n  folded\n  lines\n\n  more\nB: |+\n  kept\n\nC: plain\n  over lines\nD: "dq\n  over lines"\n',
      "A: 'it''s'\nB: \"\\x41\\u00e9\\t\\\\\\\"\"\nC: a#b\nD: a # comment\nA: last\n",
      '# head\r\nA: x\r\nB: |\r\n  y\r\n  z\r\n',
    ];
    for (const text of texts) {
      writeFileSync(file, text);
      const values = Object.fromEntries(valuesIn(Buffer.from(text))!);
      const seen = await seenIn(version, host, Object.keys(values));
      for (const [name, value] of Object.entries(values))
        expect(seen[name], `${name} of ${JSON.stringify(text)}`).toContain(value);
    }
  });
});
