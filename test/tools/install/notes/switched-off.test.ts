// What a person has written into an entry, and keeps our server or its tools from the agent.
import { expect, it } from 'vitest';
import { CLIENTS } from '../../../../tools/install/clients.ts';
import { limitsIn } from '../../../../tools/install/notes/switched-off.ts';

const limits = (entry: object) => limitsIn(entry, CLIENTS.find(({ id }) => id === 'codex')!);

it('an entry that is switched off says so, whatever the client calls it', () => {
  for (const entry of [{ enabled: false }, { disabled: true }])
    expect(limits(entry)).toEqual([expect.stringMatching(/switches it off: Codex does not start it/)]);
  expect(limits({ enabled: true, disabled: false })).toEqual([]);
});

it('a list of tools names those of ours that the agent does not get', () => {
  for (const key of ['tools', 'enabled_tools', 'includeTools']) {
    expect(limits({ [key]: ['load-component', 'export_state'] })).toEqual([
      `"${key}" in the entry hides import_state, list_snapshot_components from the agent`,
    ]);
    expect(limits({ [key]: ['*'] })).toEqual([]);
    expect(limits({ [key]: ['export_state', 'import_state(snapshot)', 'list_snapshot_components'] })).toEqual(
      [],
    );
  }
  for (const key of ['disabled_tools', 'disabledTools', 'excludeTools']) {
    expect(limits({ [key]: ['import_state'] })).toEqual([
      `"${key}" in the entry hides import_state from the agent`,
    ]);
    expect(limits({ [key]: ['load-component'] })).toEqual([]);
    expect(limits({ [key]: [] })).toEqual([]);
  }
});

it('an entry whose tools are trusted says that nobody is asked', () => {
  expect(limits({ trust: true })).toEqual([expect.stringContaining('without asking you')]);
});
