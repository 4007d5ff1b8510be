// The state of this host as a comparison reads it, with files that go and change meanwhile.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { stateHere } from '../../src/site/compared-host.ts';
import { openSite } from '../../src/site/site.ts';
import { makeHost } from '../fixtures/host.ts';

describe('the state of this host', () => {
  it('is read to its end when code goes after it was read', async () => {
    const host = makeHost();
    host.install('tools');
    const site = await openSite(host.locations);
    const store = site.host.components;
    const read = store.read.bind(store);
    vi.spyOn(store, 'read').mockImplementation(async (...asked) => {
      const found = await read(...asked);
      rmSync(path.join(host.locations.componentDir, 'tools.wasm'));
      return found;
    });
    expect(await stateHere(site)).toMatchObject({ components: [{ component_id: 'tools', toolLists: [] }] });
  });
});
