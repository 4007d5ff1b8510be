// `arguments: null` means none to our tools, to Wassette's own and to those of a component.
import path from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { slowComponent } from '../../fixtures/components/heavy-components.ts';
import { makeHost } from '../../fixtures/host.ts';
import { RawSession } from '../../fixtures/servers/raw-session.ts';
import { type WassetteVersion, wassetteBinary } from '../../fixtures/wassette/wassette.ts';

test.each<WassetteVersion>(['0.8.0', '0.4.0'])(
  'a call with null for its arguments is answered as one without, through Wassette %s',
  async (version) => {
    const host = makeHost();
    host.install('plain', { code: Buffer.from(await slowComponent('plain', 1)) });
    const { componentDir, stateDir } = host.locations;
    const home = path.dirname(componentDir);
    const wassette = [await wassetteBinary(version), 'run', '--component-dir', componentDir];
    const session = RawSession.start(
      [process.execPath, PROGRAM, 'serve', '--state-dir', stateDir, ...wassette],
      { HOME: home },
      home,
    );
    await session.open();
    await session.request('tools/list');
    for (const name of [
      'list_snapshot_components',
      'list-components',
      'search-components',
      'load-component',
      'plain-f',
    ]) {
      const [withNull, without] = [
        await session.request('tools/call', { name, arguments: null }),
        await session.request('tools/call', { name }),
      ];
      expect(withNull.error, name).toBeUndefined();
      expect(withNull.result.isError ?? false, name).toBe(without.result.isError ?? false);
      expect(withNull.result.content[0]?.text, name).toBe(without.result.content[0]?.text);
    }
  },
);
