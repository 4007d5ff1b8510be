import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { versionAt } from '../../../src/wassette/live/http/version.ts';
import { versionAsker } from '../../../src/wassette/live/program/version.ts';
import { makeHost } from '../../fixtures/host.ts';
import { serveWassette } from '../../fixtures/wassette/served-wassette.ts';
import { wassetteBinary } from '../../fixtures/wassette/wassette.ts';

it.each(['0.8.0', '0.4.0'] as const)(
  'the real Wassette %s is known by its program and by its /info',
  async (version) => {
    const { locations } = makeHost();
    const home = path.join(path.dirname(locations.componentDir), 'home');
    mkdirSync(home);
    const { url } = await serveWassette({ version, ...locations, home });
    expect((await versionAt(new URL('/mcp', url)))?.text).toBe(version);
    const ask = versionAsker([await wassetteBinary(version)], { PATH: process.env.PATH });
    expect((await ask())?.text).toBe(version);
    console.log(`Wassette ${version}: --version and /info agree`);
  },
);
