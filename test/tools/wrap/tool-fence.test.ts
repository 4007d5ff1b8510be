// What `--never-widen` and `--read-only` leave of the wrapped server's own tools.
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../tools/messages/raw-message.ts';
import { Multiplexer } from '../../../tools/wrap/multiplexer.ts';
import { type FenceFlag, OWN_TOOLS } from '../../../tools/wrap/own-tools.ts';
import { fenceFor, ToolFence } from '../../../tools/wrap/tool-fence.ts';
import { failing } from '../../fixtures/failing.ts';
import { operatorPolicy } from '../../fixtures/operator-policy.ts';

const NEVER_WIDEN: FenceFlag[] = ['--never-widen'];
const READ_ONLY: FenceFlag[] = ['--read-only'];
const GRANTS = ['storage', 'network', 'environment-variable'];
const WIDENING = ['load-component', 'reset-permission', ...GRANTS.map((kind) => `grant-${kind}-permission`)];
const NARROWING = ['unload-component', ...GRANTS.map((kind) => `revoke-${kind}-permission`)];
const ASKING = ['list-components', 'get-policy', 'search-components'];

const INITIALIZE =
  '{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}';
const opened = (id: number) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    result: { protocolVersion: '2025-06-18', capabilities: { tools: {} } },
  });

interface Child {
  /** What it lists, page by page. */
  pages: string[][];
  /** What `list-components` answers; its components have these tools. */
  components: string[][] | 'switched off' | 'nonsense';
}

const componentTools = [['get-weather', 'load-data'], ['grant-wish']];
const wassette = (own: string[] = OWN_TOOLS.map(({ name }) => name)): Child => ({
  pages: [[...componentTools.flat(), ...own]],
  components: componentTools,
});

/** An agent and a scripted Wassette with a fence between. */
function fenced(flags: FenceFlag[], child: Child) {
  const reached: { method: string; name?: string }[] = [];
  const problems: string[] = [];
  const waiting = new Map<number, (result: unknown) => void>();
  let asking = 0;
  const list = (cursor: unknown) => {
    const at = Number(cursor ?? 0);
    const tools = child.pages[at]!.map((name) => ({ name }));
    return { tools, ...(at + 1 < child.pages.length ? { nextCursor: String(at + 1) } : {}) };
  };
  const components = () => {
    if (child.components === 'switched off')
      return { isError: true, text: 'Error: Built-in tools are disabled' };
    if (child.components === 'nonsense') return { isError: false, text: 'nonsense' };
    const listed = child.components.map((tools, i) => ({
      id: `c${i}`,
      schema: { tools: tools.map((name) => ({ name })) },
    }));
    return { isError: false, text: JSON.stringify({ components: listed }) };
  };
  const fence = new ToolFence(flags, {
    async callTool() {
      asking++;
      return components();
    },
    request: async (_, params) => list((params as { cursor?: string }).cursor),
  });
  const multiplexer = new Multiplexer(
    {
      send(to, text) {
        const { id, method, params, result, error } = JSON.parse(text);
        if (method === 'initialize' || method === 'notifications/initialized') {
          if (to === 'child' && id !== undefined) multiplexer.receive('child', opened(id));
        } else if (to === 'own') {
          const none = { jsonrpc: '2.0', id, result: { tools: [] } };
          multiplexer.receive('own', JSON.stringify(none));
        } else if (to === 'client') waiting.get(id)?.(error ?? result);
        else if (to === 'child' && id === undefined) reached.push({ method });
        else if (to === 'child') {
          reached.push({ method, ...(method === 'tools/call' && { name: params.name }) });
          const answer = method === 'tools/list' ? list(params?.cursor) : { content: [] };
          multiplexer.receive('child', JSON.stringify({ jsonrpc: '2.0', id, result: answer }));
        }
      },
      onProblem: (problem) => problems.push(problem),
      whenStarted: (then) => then(),
      onInitialize: () => undefined,
      mergeInitialize: (response) => response,
      beforeCall: () => null,
      onAnswered: () => undefined,
    },
    flags.length === 0 ? null : fence,
  );
  multiplexer.receive('client', INITIALIZE);
  let nextId = 1;
  /** Sends a line with the next id in the place of ID; its answer. */
  // biome-ignore lint/suspicious/noExplicitAny: answers have every shape
  const send = (line: string): Promise<any> =>
    new Promise((resolve) => {
      const id = nextId++;
      waiting.set(id, resolve);
      multiplexer.receive('client', line.replace('ID', String(id)));
    });
  return {
    reached,
    problems,
    send,
    notify: (line: string) => multiplexer.receive('client', line),
    call: (name: string) =>
      send(`{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":${JSON.stringify(name)}}}`),
    async tools(): Promise<string[]> {
      const names: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const params = cursor === undefined ? '{}' : `{"cursor":"${cursor}"}`;
        const page = await send(`{"jsonrpc":"2.0","id":ID,"method":"tools/list","params":${params}}`);
        names.push(...page.tools.map(({ name }: { name: string }) => name));
        cursor = page.nextCursor;
        if (cursor === undefined) return names;
      }
    },
    asked: () => asking,
  };
}

/** The error of a call that was held back. */
function heldBack(answer: { isError?: boolean; content: { text: string }[] }) {
  expect(answer.isError).toBe(true);
  return JSON.parse(answer.content[0]!.text);
}

it("the operator's policy holds back what can widen, and names its rule and line", async () => {
  const wrapped = { callTool: async () => Promise.reject(), request: async () => Promise.reject() };
  const withPolicy = (wassette_tools: string) =>
    fenceFor({ readOnly: false, neverWiden: false, policy: operatorPolicy({ wassette_tools }) }, wrapped);
  expect(withPolicy('allow')).toBeNull();
  const fence = withPolicy('refuse')!;
  const refusalOf = (name: string) =>
    fence.refusalOf(parseMessage(JSON.stringify({ id: 1, method: 'tools/call', params: { name } }))!);
  for (const name of WIDENING)
    expect(JSON.stringify((await refusalOf(name))?.value)).toContain(
      'line 12 of the operator policy (wassette_tools) refuses such tools',
    );
  for (const name of [...NARROWING, ...ASKING]) expect(await refusalOf(name)).toBeNull();
});

it('the table knows the twelve tools that Wassette 0.4 to 0.8 has', () => {
  expect(OWN_TOOLS.map(({ name }) => name).sort()).toEqual([...WIDENING, ...NARROWING, ...ASKING].sort());
});

describe.each<[string, FenceFlag[], string[]]>([
  ['--never-widen', NEVER_WIDEN, WIDENING],
  ['--approval operator', ['--approval operator'], WIDENING],
  ['--read-only', READ_ONLY, [...WIDENING, ...NARROWING]],
  ['--read-only', [...READ_ONLY, ...NEVER_WIDEN], [...WIDENING, ...NARROWING]],
])('under %s', (flag, flags, barred) => {
  const passing = [...WIDENING, ...NARROWING, ...ASKING].filter((name) => !barred.includes(name));

  it('what it holds back is not listed, on no page; everything else is', async () => {
    const child = wassette();
    const all = child.pages[0]!;
    child.pages = [all.slice(0, 2), all.slice(2, 7), all.slice(7)];
    expect((await fenced(flags, child).tools()).sort()).toEqual(
      [...componentTools.flat(), ...passing].sort(),
    );
  });

  it.each(barred)(
    '%s is answered with an error that names the flag, and does not reach Wassette',
    async (name) => {
      const { call, reached } = fenced(flags, wassette());
      expect(heldBack(await call(name))).toMatchObject({
        code: 'POLICY_OUTSIDE_FENCE',
        message: expect.stringContaining(`started this server with ${flag}, and it `),
        hint: expect.stringContaining('operator'),
        details: { tool: `"${name}"`, option: flag },
      });
      expect(reached).toEqual([]);
    },
  );

  it('everything else reaches Wassette', async () => {
    const { call, reached } = fenced(flags, wassette());
    for (const name of [...passing, ...componentTools.flat(), 'nobody-has-it']) {
      expect(await call(name)).toEqual({ content: [] });
      expect(reached.pop()).toEqual({ method: 'tools/call', name });
    }
  });

  it.each([
    [
      'escapes',
      '{"jsonrpc":"2.0","id":ID,"method":"tools\\/call","params":{"n\\u0061me":"load\\u002dcomponent"}}',
    ],
    [
      'a task',
      '{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":"load-component","task":{}}}',
    ],
    [
      'a result',
      '{"jsonrpc":"2.0","id":ID,"result":{},"method":"tools/call","params":{"name":"load-component"}}',
    ],
  ])('a call with %s is seen through', async (_, line) => {
    const { send, reached } = fenced(flags, wassette());
    expect(heldBack(await send(line))).toEqual(failing('POLICY_OUTSIDE_FENCE'));
    expect(reached).toEqual([]);
  });

  it.each([
    '{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":"load-component","name":"get-policy"}}',
    '{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":"load-component"},"params":{"name":"get-policy"}}',
    '{"jsonrpc":"2.0","id":ID,"method":"tools/call","meth\\u006fd":"ping","params":{"name":"load-component"}}',
  ])('what could be read in two ways is refused: %s', async (line) => {
    const { send, reached } = fenced(flags, wassette());
    expect(await send(line)).toMatchObject({ code: -32600 });
    expect(reached).toEqual([]);
  });

  it('a call without an id, which nobody would answer, is not passed on; a notification is', () => {
    const { notify, reached, problems } = fenced(flags, wassette());
    notify('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"load-component"}}');
    expect(reached).toEqual([]);
    expect(problems).toHaveLength(1);
    notify('{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}');
    expect(reached).toEqual([{ method: 'notifications/roots/list_changed' }]);
  });

  it('a tool that only a later Wassette has is held back: it may do anything', async () => {
    const later = ['load-package', 'grant-memory-permission', 'summon-component'];
    const { tools, call, reached } = fenced(flags, wassette([...ASKING, ...later]));
    expect(await tools()).toEqual([...componentTools.flat(), ...ASKING]);
    reached.length = 0;
    for (const name of later)
      expect(heldBack(await call(name))).toMatchObject({
        code: 'POLICY_OUTSIDE_FENCE',
        details: { option: flag },
      });
    expect(reached).toEqual([]);
  });

  it("a component does not open the way to a tool of Wassette's by having one of the same name", async () => {
    const smuggled = ['load-component', 'load-package'];
    const child: Child = { pages: [[...smuggled, 'load-package', ...WIDENING]], components: [smuggled] };
    const { tools, call, reached } = fenced(flags, child);
    expect(await tools()).toEqual([]);
    reached.length = 0;
    for (const name of smuggled) expect(heldBack(await call(name))).toEqual(failing('POLICY_OUTSIDE_FENCE'));
    expect(reached).toEqual([]);
  });

  it("a component's tool that came later passes", async () => {
    const child = wassette();
    const { call, reached } = fenced(flags, child);
    await call('get-weather');
    child.pages[0]!.push('load-more');
    child.components = [...componentTools, ['load-more']];
    await call('load-more');
    expect(reached.at(-1)).toEqual({ method: 'tools/call', name: 'load-more' });
  });

  it.each([
    ['where its own tools are switched off, all the rest are of components', 'switched off', true],
    ['where nobody can tell whose a tool is, its name decides', 'nonsense', false],
  ] as const)('%s', async (_, components, passes) => {
    const { tools, call, reached } = fenced(flags, {
      pages: [['get-weather', 'load-data', 'load-component']],
      components,
    });
    expect(await tools()).toEqual(passes ? ['get-weather', 'load-data'] : ['get-weather']);
    reached.length = 0;
    await call('get-weather');
    await call('load-data');
    await call('load-component');
    expect(reached.map(({ name }) => name)).toEqual(passes ? ['get-weather', 'load-data'] : ['get-weather']);
  });
});

it('without such a flag everything is listed and passed on, and Wassette is asked nothing', async () => {
  const { tools, call, reached, asked } = fenced([], wassette());
  expect(await tools()).toHaveLength(15);
  await call('load-component');
  expect(reached.at(-1)).toEqual({ method: 'tools/call', name: 'load-component' });
  expect(asked()).toBe(0);
});
