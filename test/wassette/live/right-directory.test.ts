import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportState } from '../../../src/export.ts';
import { exportStateTo, planImportState } from '../../../src/index.ts';
import { listHost } from '../../../src/list.ts';
import { openSnapshot } from '../../../src/open.ts';
import { openSite } from '../../../src/site/site.ts';
import type { ComponentStore } from '../../../src/wassette/component-store.ts';
import type { LiveWassette, ToolAnswer } from '../../../src/wassette/live/live-wassette.ts';
import { assertRightDirectory, remarksOnDirectory } from '../../../src/wassette/live/right-directory.ts';
import { coreModuleBytes } from '../../fixtures/components/component.ts';
import { componentOfText } from '../../fixtures/components/wat-components.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, type TestHost } from '../../fixtures/host.ts';
import { runLikeWassette } from '../../fixtures/system/processes.ts';
import { TransactionalStore } from '../../fixtures/wassette/transactional-store.ts';

const IMPATIENT = { startingMs: 0, settlingMs: 0 };
const WITH_TOOL = `(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f"))) (export "one" (func $f)))`;

type Listed = Record<string, readonly string[]>;
const listing = (components: Listed): ToolAnswer => ({
  isError: false,
  text: JSON.stringify({
    components: Object.entries(components).map(([id, tools]) => ({
      id,
      tools_count: tools.length,
      schema: { tools: tools.map((name) => ({ name })) },
    })),
  }),
});

/** A Wassette that gives these answers, one after the other and the last for good, when it is asked what it has. */
function wassette(...answers: (ToolAnswer | Listed | Error)[]): LiveWassette & { calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    version: async () => null,
    pid: null,
    program: null,
    withoutChanges: (work) => work(),
    alone: (_changed, work) => work(),
    async callTool(name, _, signal) {
      signal?.throwIfAborted();
      calls.push(name);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer instanceof Error) throw answer;
      return 'isError' in answer ? (answer as ToolAnswer) : listing(answer as Listed);
    },
  };
}

/** One that we started, as far as it says. */
function ownWassette(...answers: (ToolAnswer | Listed)[]): LiveWassette & { calls: string[] } {
  return { ...wassette(...answers), pid: 1_999_999_999 };
}

async function hostOf({ locations }: TestHost): Promise<ComponentStore> {
  return (await openSite(locations)).host.components;
}

const otherHost = (details: object) =>
  failing('STORE_OTHER_HOST', {
    details: expect.objectContaining(details),
    hint: expect.stringMatching(/./),
  });
const unproven = (why: string) => [`not proven that the running Wassette works on this directory: ${why}`];

describe('before anything is said about a directory', () => {
  it('nobody is asked where no Wassette is known', async () => {
    expect(await (await hostOf(makeHost())).remarks()).toEqual([]);
  });

  it.each([
    ['it is said that both being empty proves nothing', [], 'both are empty'],
    ['so that a copy would look the same', ['a', 'b'], 'both have the same 2 components, as a copy would'],
  ])('a Wassette is only asked what it has, and %s', async (_, ids, why) => {
    const host = makeHost();
    for (const id of ids) host.install(id);
    const before = host.files();
    const live = wassette(Object.fromEntries(ids.map((id) => [id, []])));
    expect(await remarksOnDirectory(live, await hostOf(host))).toEqual(unproven(why));
    expect(live.calls).toEqual(['list-components']);
    expect(host.files()).toEqual(before);
  });

  it.each<[string, string[], Listed, object]>([
    ['has components that are not there', [], { a: [] }, { only_there: ['"a"'], only_here: [] }],
    ['lacks some that are', ['a', 'b'], { a: [] }, { only_there: [], only_here: ['"b"'] }],
    ['has others', ['a'], { b: [] }, { only_there: ['"b"'], only_here: ['"a"'] }],
    ['has other tools under the same name', ['a'], { a: ['x'] }, { only_there: [], other_tools: ['"a"'] }],
  ])('a Wassette that %s is refused', async (_, ids, listed, details) => {
    const host = makeHost();
    for (const id of ids) host.install(id);
    const { componentDir } = host.locations;
    for (const live of [wassette(listed), ownWassette(listed)])
      await expect(remarksOnDirectory(live, await hostOf(host), undefined, IMPATIENT)).rejects.toThrow(
        otherHost({ component_dir: componentDir, ...details }),
      );
  });

  it('only some of many differences are named', async () => {
    const listed = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`tool${i}`, []]));
    await expect(
      remarksOnDirectory(wassette(listed), await hostOf(makeHost()), undefined, IMPATIENT),
    ).rejects.toThrow(/only there: "tool0".*"tool9", and 5 more\)/);
  });

  it('tools are compared with those of the code, whatever its cached list says', async () => {
    const host = makeHost();
    host.install('a', { code: Buffer.from(await componentOfText(WITH_TOOL)) });
    const cache = path.join(host.locations.componentDir, 'a.metadata.json');
    writeFileSync(cache, JSON.stringify({ component_id: 'a', tool_names: ['stale'] }));
    const remarks = async (tools: string[]) =>
      remarksOnDirectory(wassette({ a: tools }), await hostOf(host), undefined, IMPATIENT);
    const same = unproven('both have the same 1 component, as a copy would');
    expect(await remarks(['one'])).toEqual(same);
    expect(await remarks(['stale'])).toEqual(same);
    expect(await remarks([])).toEqual(same);
    expect(await remarks(['<unnamed>'])).toEqual(same);
    await expect(remarks(['two'])).rejects.toThrow(otherHost({ other_tools: ['"a"'] }));
    await expect(remarks(['one', 'two'])).rejects.toThrow(otherHost({ other_tools: ['"a"'] }));
  });

  it('a Wassette that lists less at first is waited for, and so is one that only errs at first', async () => {
    const host = makeHost();
    host.install('a');
    host.install('b');
    const busy = { isError: true, text: 'Error: Tool not found' };
    const live = wassette(busy, { a: [] }, { a: [] }, { a: [], b: [] });
    const patient = { startingMs: 60_000, settlingMs: 60_000 };
    expect(await remarksOnDirectory(live, await hostOf(host), undefined, patient)).toHaveLength(1);
    expect(live.calls).toHaveLength(4);
  });

  it('waiting ends when the caller has had enough', async () => {
    const host = makeHost();
    host.install('a');
    const reason = new Error('enough');
    const leaving = new AbortController();
    const live = wassette({});
    const asked = remarksOnDirectory(live, await hostOf(host), leaving.signal);
    leaving.abort(reason);
    await expect(asked).rejects.toThrow(/enough|aborted/);
  });
});

describe('what a directory holds beside components', () => {
  /** Links, `.WASM`, a folder, broken code, and a tool list of what is gone: Wassette lists all of it, without tools. */
  function cluttered(): TestHost {
    const host = makeHost();
    const { componentDir } = host.locations;
    const file = (name: string) => path.join(componentDir, name);
    host.install('good');
    host.install('module', { code: coreModuleBytes() });
    host.install('half', { code: Buffer.alloc(0) });
    symlinkSync('good.wasm', file('link.wasm'));
    symlinkSync('/nowhere', file('dangling.wasm'));
    mkdirSync(file('folder.wasm'));
    writeFileSync(file('UPPER.WASM'), '');
    writeFileSync(file('only.policy.yaml'), 'version: "1.0"\npermissions: {}\n');
    writeFileSync(file('phantom.metadata.json'), '{"component_id":"phantom"}');
    writeFileSync(file('named.metadata.json'), '{"component_id":"otherwise"}');
    return host;
  }
  const clutter = ['module', 'half', 'link', 'dangling', 'folder', 'UPPER', 'phantom', 'otherwise'];

  it.each([
    ['lists all of it', clutter],
    ['lists nothing of it', []],
  ])('does not make it another one for a Wassette that %s', async (_, listed) => {
    const live = wassette(Object.fromEntries(['good', ...listed].map((id) => [id, []])));
    expect(await remarksOnDirectory(live, await hostOf(cluttered()), undefined, IMPATIENT)).toHaveLength(1);
  });

  it('is no excuse for what is not there', async () => {
    const listed = Object.fromEntries(['good', 'only', 'named'].map((id) => [id, []]));
    await expect(
      remarksOnDirectory(wassette(listed), await hostOf(cluttered()), undefined, IMPATIENT),
    ).rejects.toThrow(otherHost({ only_there: ['"only"', '"named"'], only_here: [] }));
  });
});

describe('a store with receipts', () => {
  it('is told by the names its Wassette has for what is in it, or by those of the files', async () => {
    const host = makeHost();
    const store = new TransactionalStore(host.locations.componentDir);
    store.install({ key: 'a' });
    store.install({ key: 'layer', kind: 'AcpLayer' });
    store.write('inert.wasm', coreModuleBytes());
    const remarks = async (...ids: string[]) =>
      remarksOnDirectory(
        wassette(Object.fromEntries(ids.map((id) => [id, []]))),
        await hostOf(host),
        undefined,
        IMPATIENT,
      );
    for (const ids of [['local:a'], ['a'], ['local:a', 'local:layer'], ['a', 'layer', 'inert']])
      expect(await remarks(...ids)).toHaveLength(1);
    await expect(remarks('local:b', 'local:a')).rejects.toThrow(otherHost({ only_there: ['"local:b"'] }));
    await expect(remarks()).rejects.toThrow(otherHost({ only_here: ['"a"'] }));
  });
});

describe('a Wassette that cannot be asked', () => {
  it.each<[string, ToolAnswer | Error, string]>([
    [
      'has its tools switched off',
      { isError: true, text: 'Error: Built-in tools are disabled' },
      'its own tools are switched off',
    ],
    [
      'answers with an error',
      { isError: true, text: 'Error: token=hunter2' },
      'it cannot be reached, or did not say what components it has',
    ],
    [
      'is something else',
      { isError: false, text: 'hunter2' },
      'it cannot be reached, or did not say what components it has',
    ],
    ['is gone', new Error('hunter2'), 'it cannot be reached, or did not say what components it has'],
  ])('because it %s is no reason to refuse a look: it is said, not in its words', async (_, answer, why) => {
    expect(
      await remarksOnDirectory(wassette(answer), await hostOf(makeHost()), undefined, IMPATIENT),
    ).toEqual(unproven(why));
  });
});

describe('what is known of a Wassette', () => {
  it('that we started is kept: one that agreed at first is not refused later, but what differs is said', async () => {
    const host = makeHost();
    const live = ownWassette({}, { late: [] });
    expect(await remarksOnDirectory(live, await hostOf(host))).toHaveLength(1);
    expect(await remarksOnDirectory(live, await hostOf(host), undefined, IMPATIENT)).toEqual([
      'what is on disk is not what runs (only there: "late"): Wassette sees that at its next start',
    ]);
  });

  it('at an address is not: another one may have taken its place', async () => {
    const host = makeHost();
    const live = wassette({}, { late: [] });
    expect(await remarksOnDirectory(live, await hostOf(host))).toHaveLength(1);
    await expect(remarksOnDirectory(live, await hostOf(host), undefined, IMPATIENT)).rejects.toThrow(
      otherHost({ only_there: ['"late"'] }),
    );
  });

  it('is certain once it saw a probe: nothing is said any more, and none is written again', async () => {
    const host = makeHost();
    const { componentDir } = host.locations;
    const calls: string[] = [];
    const live: LiveWassette = {
      ...ownWassette({}),
      async callTool(name) {
        calls.push(name);
        if (name !== 'get-policy')
          return listing(
            Object.fromEntries(Object.keys(host.files()).map((file) => [file.split('.')[0]!, []])),
          );
        const local_path = path.join(componentDir, 'probe.policy.yaml');
        return { isError: false, text: JSON.stringify({ policy_info: { local_path } }) };
      },
    };
    expect(await remarksOnDirectory(live, await hostOf(host))).toHaveLength(1);
    await assertRightDirectory(live, componentDir);
    expect(await remarksOnDirectory(live, await hostOf(host))).toEqual([]);
    const asked = calls.length;
    await assertRightDirectory(live, componentDir);
    expect(calls).toHaveLength(asked);
    expect(host.files()).toEqual({});
  });

  it('is that of now: what an agent changed since is said, however certain its directory is', async () => {
    const host = makeHost();
    const local_path = path.join(host.locations.componentDir, 'probe.policy.yaml');
    const probed: LiveWassette = {
      ...ownWassette({}),
      callTool: async (name) =>
        name === 'get-policy'
          ? { isError: false, text: JSON.stringify({ policy_info: { local_path } }) }
          : listing(Object.fromEntries(Object.keys(host.files()).map((file) => [file.split('.')[0]!, []]))),
    };
    await assertRightDirectory(probed, host.locations.componentDir);
    Object.assign(probed, withAnswer({ late: [] }));
    expect(await remarksOnDirectory(probed, await hostOf(host), undefined, IMPATIENT)).toEqual([
      'what is on disk is not what runs (only there: "late"): Wassette sees that at its next start',
    ]);
  });

  it.skipIf(process.platform !== 'linux')(
    'is certain where the system shows the process and the directory it was given',
    async () => {
      const host = makeHost();
      const { componentDir, secretsDir } = host.locations;
      const on = async (...args: string[]) => ({
        ...wassette({}),
        pid: (await runLikeWassette(args)).pid!,
      });
      const remarks = async (live: LiveWassette) => remarksOnDirectory(live, await hostOf(host));
      expect(await remarks(await on('run', '--component-dir', componentDir))).toEqual([]);
      expect(await remarks(await on('run', '--component-dir', secretsDir))).toEqual(
        unproven('both are empty'),
      );
      // Older Wassettes ignore it there.
      expect(await remarks(await on('--', '--component-dir', componentDir, 'run'))).toEqual(
        unproven('both are empty'),
      );
      const stale = { ...(await on('run', '--component-dir', componentDir)), ...withAnswer({ gone: [] }) };
      expect(await remarksOnDirectory(stale, await hostOf(host), undefined, IMPATIENT)).toEqual([
        'what is on disk is not what runs (only there: "gone"): Wassette sees that at its next start',
      ]);
    },
  );
});

function withAnswer(listed: Listed): Pick<LiveWassette, 'callTool'> {
  return { callTool: async () => listing(listed) };
}

describe('the verbs', () => {
  it('export, list and plan refuse what another Wassette runs, and say what is not proven', async () => {
    const host = makeHost();
    host.install('a');
    await exportStateTo({ name: 'tools' }, host.locations);
    const other = { ...host.locations, live: wassette({ b: [] }) };
    const alike = { ...host.locations, live: wassette({ a: [] }) };
    const same = unproven('both have the same 1 component, as a copy would');
    const snapshot = await openSnapshot('tools', host.locations);

    const refused = [
      exportState(other),
      exportStateTo({ name: 'more' }, other),
      listHost(other),
      planImportState(snapshot, other),
    ].map((verb) => expect(verb).rejects.toThrow(otherHost({ only_there: ['"b"'], only_here: ['"a"'] })));
    await Promise.all(refused);
    expect((await exportState(alike)).notes).toEqual(same);
    expect((await exportStateTo({ name: 'more' }, alike)).notes).toEqual(same);
    expect((await listHost(alike)).notes).toEqual(same);
    expect((await planImportState(snapshot, alike)).warnings).toEqual(same);
  });
});
