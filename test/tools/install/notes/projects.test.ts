// What Claude Code has for single projects, and what it does to the entry of its user.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { type ClientHome, failure, install, makeClientHome, planFor } from '../../../fixtures/client-home.ts';
import { failing } from '../../../fixtures/failing.ts';

const PLAIN = { type: 'stdio', command: 'wassette', args: ['run'] };
const OURS = { command: '/opt/node', args: ['/opt/cli.js', 'serve', 'wassette', 'run'] };

/** A home in which Claude Code has been in one project. */
function homeWith(project: object, shared?: object): { here: ClientHome; folder: string } {
  const here = makeClientHome();
  const folder = path.join(here.home, 'project');
  mkdirSync(folder);
  here.write('.claude.json', JSON.stringify({ projects: { [folder]: project } }));
  if (shared !== undefined) here.write('project/.mcp.json', JSON.stringify({ mcpServers: shared }));
  return { here, folder };
}

async function notes({ here }: { here: ClientHome }, flags = {}): Promise<readonly string[]> {
  const [planned] = await planFor(['claude-code'], flags, here.machine);
  return planned!.notes;
}

describe('an entry of a project that has our name', () => {
  it('counts there instead of ours: it is said where, and how it goes', async () => {
    const local = homeWith({ mcpServers: { wassette: PLAIN } });
    expect(await notes(local)).toEqual([
      `in ${local.folder} Claude Code has an entry "wassette" of its own, which counts there instead of ours; to take it out, in that folder: claude mcp remove wassette -s local`,
    ]);
    const shared = homeWith({}, { wassette: { type: 'http', url: 'https://a' } });
    expect(await notes(shared)).toEqual([
      expect.stringMatching(/instead of ours once it is approved; .* -s project$/),
    ]);
  });

  it('is told on leaving where it starts us', async () => {
    const ours = homeWith({ mcpServers: { wassette: OURS } }, { wassette: PLAIN });
    expect(await notes(ours)).toEqual([expect.stringContaining('-s project')]);
    expect(await notes(ours, { uninstall: true })).toEqual([
      expect.stringMatching(/which still starts us; .* -s local$/),
    ]);
  });
});

it('an entry of a project that starts a Wassette beside ours is named', async () => {
  const rival = homeWith({ mcpServers: { 'my tools': PLAIN, other: { command: 'x' } } });
  expect(await notes(rival)).toEqual([
    expect.stringMatching(/"my tools" of its own, which starts a Wassette .* remove 'my tools' -s local$/),
  ]);
});

it('a project in which our server is switched off is named', async () => {
  const off = homeWith({ disabledMcpServers: ['wassette'] });
  expect(await notes(off)).toEqual([expect.stringMatching(/^in .*project it is switched off: .*\/mcp/)]);
});

it('what cannot be read in a project is left to Claude Code', async () => {
  const odd = homeWith({ mcpServers: null });
  odd.here.write('project/.mcp.json', '{');
  expect(await notes(odd)).toEqual([]);
  odd.here.write('.claude.json', '{"projects": []}');
  expect(await notes(odd)).toEqual([]);
  odd.here.write('.claude.json', '{"projects": {');
  expect(await failure(install(odd.here, ['claude-code']))).toEqual(failing('FORMAT_INVALID_CONFIG'));
});
