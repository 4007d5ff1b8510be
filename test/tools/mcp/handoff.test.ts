// The handoff as two agents see it: what they are told, what they must say to approve, and who is asked.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { type Answered, approvalIn, connect, type Person } from '../../fixtures/servers/mcp.ts';
import { runLikeWassette, stop } from '../../fixtures/system/processes.ts';

let giver: TestHost;
let taker: TestHost;

beforeEach(() => {
  giver = makeHost();
  taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ network: ['api.example.com'], environment: ['CITY'] }) });
});

async function planned(person?: Person, options = {}) {
  const exported = await (await connect(giver)).call('export_state');
  const b = await connect(taker, options, person);
  const { arguments: next } = exported.structured.next_step as { arguments: { snapshot: string } };
  return { b, exported, plan: await b.call('import_state', next) };
}

function person(answer: Person['answer']): Person {
  return { asked: [], answer };
}

test('where the client cannot ask its user, the first line of plan and result says that nobody is asked', async () => {
  const { b, plan } = await planned();
  expect(plan.text).toMatch(/^NOBODY WILL BE ASKED/);
  expect(plan.structured).toMatchObject({ nobody_is_asked: true });
  const applied = await b.call('import_state', approvalIn(plan));
  expect(applied.text).toMatch(/^NOBODY WAS ASKED/);
  expect(applied.structured).toMatchObject({ nobody_is_asked: true });
});

test('a plan changes nothing and says in words what the approving call will grant', async () => {
  const { plan } = await planned();
  expect(taker.files()).toEqual({});
  expect(plan.structured.status).toBe('planned');
  expect(approvalIn(plan).accept).toEqual([
    expect.stringMatching(/^"weather" \(sha256 [0-9a-f]{16}, 22 bytes\) will be installed$/),
    '"weather" may read the environment variable "CITY"',
    '"weather" may reach "api.example.com"',
    '"weather" may look up any name in the DNS, which is a way out for data',
  ]);
  expect(plan.text).toContain(approvalIn(plan).approve);
  expect(plan.structured.lacks).toMatchObject({ environment: ['CITY'] });
});

test('a plan that cannot be applied yet begins with why, and what to do', async () => {
  const wassette = await runLikeWassette(['run'], {
    env: { WASSETTE_COMPONENT_DIR: taker.locations.componentDir },
  });
  const { b, plan } = await planned();
  expect(plan.text).toMatch(
    new RegExp(`^This cannot be applied now: a Wassette .* process ${wassette.pid}, .*; stop it, `),
  );
  expect(plan.text).toContain('To approve, once it can be applied, call import_state');
  await expect(b.call('import_state', approvalIn(plan))).rejects.toEqual(failing('STORE_BUSY'));
  await stop(wassette);
  expect((await b.call('import_state', approvalIn(plan))).structured.status).toBe('applied');
});

test('a result says how the import is taken back, and that no Wassette may run that would not be told', async () => {
  const { b, plan } = await planned();
  expect((await b.call('import_state', approvalIn(plan))).text).toMatch(
    /the user runs in a terminal \(with Wassette stopped, unless wassette-state started it\): wassette-state undo/,
  );
});

test('the approving call applies exactly that, and both hosts have one state', async () => {
  const { b, exported, plan } = await planned();
  expect((await b.call('import_state', approvalIn(plan))).structured.status).toBe('applied');
  expect(taker.files()).toEqual(giver.files());
  expect((await b.call('list_snapshot_components')).structured.state_digest).toBe(
    exported.structured.state_digest,
  );
  expect((await b.call('import_state', { snapshot: approvalIn(plan).snapshot })).structured.status).toBe(
    'nothing_to_do',
  );
});

describe('an approval is refused, and nothing changes,', () => {
  const cases: [string, (approval: ReturnType<typeof approvalIn>) => object, string][] = [
    ['with a sentence missing', (a) => ({ ...a, accept: a.accept.slice(1) }), 'CONFLICT_APPROVAL_MISMATCH'],
    [
      'with a sentence added',
      (a) => ({ ...a, accept: [...a.accept, '"weather" is harmless'] }),
      'CONFLICT_APPROVAL_MISMATCH',
    ],
    [
      'with a sentence changed',
      (a) => ({ ...a, accept: a.accept.map((s) => s.replace('api', 'www')) }),
      'CONFLICT_APPROVAL_MISMATCH',
    ],
    [
      'with a sentence twice',
      (a) => ({ ...a, accept: [...a.accept, a.accept[0]!] }),
      'CONFLICT_APPROVAL_MISMATCH',
    ],
    ['with no sentences', ({ snapshot, approve }) => ({ snapshot, approve }), 'CONFLICT_APPROVAL_MISMATCH'],
    [
      'of a plan that was never made',
      (a) => ({ ...a, approve: `sha256:${'0'.repeat(64)}` }),
      'CONFLICT_STALE_PLAN',
    ],
    [
      'with something that is no digest',
      (a) => ({ ...a, approve: '../../etc/passwd' }),
      'CONFLICT_STALE_PLAN',
    ],
    ['with sentences alone', ({ snapshot, accept }) => ({ snapshot, accept }), 'USAGE_BAD_ARGUMENT'],
    ['with other options', (a) => ({ ...a, remove_extra: true }), 'CONFLICT_STALE_PLAN'],
    ['with an unknown key', (a) => ({ ...a, force: true }), 'USAGE_BAD_ARGUMENT'],
  ];
  test.each(cases)('%s', async (_title, change, code) => {
    const { b, plan } = await planned();
    await expect(b.call('import_state', change(approvalIn(plan)) as Record<string, unknown>)).rejects.toEqual(
      failing(code),
    );
    expect(taker.files()).toEqual({});
  });

  test('when the target changed since the plan', async () => {
    const { b, plan } = await planned();
    taker.install('another', { policy: policyText({}) });
    await expect(b.call('import_state', approvalIn(plan))).rejects.toEqual(failing('CONFLICT_STALE_PLAN'));
    expect(taker.files()).not.toHaveProperty(['weather.wasm']);
  });

  test('when the name points to another snapshot by now', async () => {
    const a = await connect(giver);
    const b = await connect(taker);
    await a.call('export_state', { name: 'tools' });
    const plan = await b.call('import_state', { snapshot: 'tools' });
    giver.install('weather', {
      code: 'other code',
      policy: policyText({ network: ['api.example.com'], environment: ['CITY'] }),
    });
    await a.call('export_state', { name: 'tools' });
    await expect(b.call('import_state', approvalIn(plan))).rejects.toEqual(failing('CONFLICT_STALE_PLAN'));
    expect(taker.files()).toEqual({});
  });
});

describe('a client that can ask its user', () => {
  test('is asked with every sentence, and an approval applies', async () => {
    const user = person(async () => ({ action: 'accept', content: { approve: true } }));
    const { b, plan } = await planned(user);
    expect(user.asked).toEqual([]); // a plan asks nothing
    await b.call('import_state', approvalIn(plan));
    for (const sentence of approvalIn(plan).accept) expect(user.asked[0]).toContain(sentence);
    expect(taker.files()).toEqual(giver.files());
  });

  test('reads in the question what the plan said to the agent: losses, tools that stop, lacks, digests, undo', async () => {
    const user = person(async () => ({ action: 'accept', content: { approve: true } }));
    taker.install('weather', { code: 'old', policy: policyText({ network: ['old.example.com'] }) });
    taker.install('leaving', { policy: policyText({}) });
    const exported = await (await connect(giver)).call('export_state');
    const b = await connect(taker, {}, user);
    const plan = await b.call('import_state', { snapshot: exported.structured.snapshot, remove_extra: true });
    await b.call('import_state', approvalIn(plan));
    const review = user.asked[0]!.split('\n').slice(1);
    const told = review.filter((line) => !line.startsWith('plan ')); // which stands in the call that approves it
    expect(plan.text.split('\n').slice(1, 1 + told.length)).toEqual(told);
    expect(review).toEqual(
      expect.arrayContaining([
        `from ${plan.structured.snapshot_digest}`,
        `plan ${plan.structured.plan_digest}`,
        '- "weather" may no longer reach "old.example.com"',
        '- all of "leaving"',
        '? environment variable "CITY"',
        'It can be taken back afterwards; the result says how.',
      ]),
    );
    expect(plan.structured).toMatchObject({
      nobody_is_asked: false,
      undo_available: true,
      losses: ['"weather" may no longer reach "old.example.com"'],
      tools_stopping: ['all of "leaving"'],
    });
  });

  const refusals: [string, Person['answer']][] = [
    ['declines', async () => ({ action: 'decline' })],
    ['accepts without a word on it', async () => ({ action: 'accept', content: {} })],
    ['cancels', async () => ({ action: 'cancel' })],
    ['accepts without approving', async () => ({ action: 'accept', content: { approve: false } })],
    ['gives no usable answer', async () => Promise.reject(new Error('window closed'))],
  ];
  test.each(refusals)(
    'changes nothing when the user %s, and the plan can still be approved',
    async (_title, answer) => {
      let answers: Person['answer'] = answer;
      const { b, plan } = await planned(person((question) => answers(question)));
      await expect(b.call('import_state', approvalIn(plan))).rejects.toEqual(failing('POLICY_DECLINED'));
      expect(taker.files()).toEqual({});
      answers = async () => ({ action: 'accept', content: { approve: true } });
      await b.call('import_state', approvalIn(plan));
      expect(taker.files()).toEqual(giver.files());
    },
  );
});

test('--never-widen refuses a plan that allows more, and lets one pass that allows less', async () => {
  const exported = await (await connect(giver)).call('export_state');
  const b = await connect(taker, { neverWiden: true });
  const snapshot = exported.structured.snapshot as string;
  await expect(b.call('import_state', { snapshot })).rejects.toEqual(failing('POLICY_WIDENED'));
  taker.install('weather', {
    policy: policyText({ network: ['api.example.com', 'more.example.com'], environment: ['CITY'] }),
  });
  const plan = await b.call('import_state', { snapshot });
  await b.call('import_state', approvalIn(plan));
  expect(taker.files()).toEqual(giver.files());
});

test('a read-only server knows no import', async () => {
  const b = await connect(taker, { readOnly: true });
  await expect(
    b.client.callTool({ name: 'import_state', arguments: { snapshot: 'x' } }),
  ).rejects.toMatchObject({ code: -32602 });
});

describe('results stay small for 100 components', () => {
  const size = (answered: Answered) => Buffer.byteLength(answered.wire);

  test('with one policy, and pages reach every step', async () => {
    for (let i = 0; i < 100; i++)
      giver.install(`component-${i}`, { policy: policyText({ network: ['api.example.com'] }) });
    const { b, exported, plan } = await planned();
    expect(size(exported)).toBeLessThan(4096);
    expect(size(plan)).toBeLessThan(30 * 1024);
    const seen = new Set<string>();
    for (let page = 1; page <= (plan.structured.pages as number); page++) {
      const { steps } = (await b.call('import_state', { snapshot: approvalIn(plan).snapshot, page }))
        .structured;
      for (const { component_id } of steps as { component_id: string }[]) seen.add(component_id);
    }
    expect(seen.size).toBe(101);
    expect(
      size(await b.call('list_snapshot_components', { snapshot: approvalIn(plan).snapshot })),
    ).toBeLessThan(16 * 1024);
  });

  test('with many different grants, up to what one person can read', async () => {
    for (let i = 0; i < 100; i++) {
      giver.install(`component-${i}`, { policy: policyText({ network: [`host-${i % 80}.example.com`] }) });
    }
    const { plan } = await planned();
    expect(size(plan)).toBeLessThan(36 * 1024);
    expect(approvalIn(plan).accept).toHaveLength(1 + 80 + 1 + 2);
  });

  test('with more than 100 sentences it is refused, with the advice to narrow', async () => {
    for (let i = 0; i < 100; i++)
      giver.install(`component-${i}`, { policy: policyText({ network: [`host-${i}.example.com`] }) });
    await expect(planned()).rejects.toEqual(
      failing('POLICY_TOO_MANY_GRANTS', { hint: expect.stringContaining('component_ids') }),
    );
  });
});

test('text from a snapshot is clipped and escaped before a model sees it', async () => {
  const hostile = `\u202egnp.exe\u0007\u200b${'x'.repeat(10_000)}`;
  const metadata = {
    component_id: 'weather',
    tool_schemas: [],
    function_identifiers: [],
    tool_names: [hostile],
    validation_stamp: { file_size: 1, mtime: 1, content_hash: null },
    created_at: 1,
  };
  writeFileSync(path.join(giver.locations.componentDir, 'weather.metadata.json'), JSON.stringify(metadata));
  const exported = await (await connect(giver)).call('export_state', {
    description: hostile.slice(0, 1_900),
    tags: { a: 'b\u202e' },
  });
  const listed = await (await connect(taker)).call('list_snapshot_components', {
    snapshot: exported.structured.snapshot,
  });
  expect(listed.wire).toContain('\\\\u{202e}');
  for (const raw of ['\u202e', '\u0007', '\u200b']) expect(listed.wire.includes(raw)).toBe(false);
  expect(listed.wire.length).toBeLessThan(5_000);
});
