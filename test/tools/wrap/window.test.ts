// A window says who it is while it is starting, on a busy machine, too: others give it five seconds.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openSite } from '../../../src/site/site.ts';
import { Window } from '../../../tools/wrap/window.ts';
import type { WrappedWassette } from '../../../tools/wrap/wrapped-wassette.ts';
import { makeHost } from '../../fixtures/host.ts';

it('a window waits for its session while it asks for the version of its Wassette', async () => {
  const { locations } = makeHost();
  const { host } = await openSite(locations);
  const live: Partial<WrappedWassette> = {
    pid: 1,
    program: null,
    version: () => delay(1_900, null),
  };
  const options = { locations, allowDirs: [], allowRemote: [], readOnly: false, neverWiden: true };
  const events = { onNews: () => undefined, onProblem: () => undefined };
  const window = new Window(options, host, live as WrappedWassette, events);
  const begun = performance.now();
  expect(await window.introduction()).toMatchObject({ is_open: false, wassette_version: null });
  expect(performance.now() - begun).toBeLessThan(3_500);
});
