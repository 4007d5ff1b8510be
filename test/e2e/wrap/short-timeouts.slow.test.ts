// Clients that wait for less long than Wassette compiles: they get there with the next calls, and everything is done once.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import { exportStateTo } from '../../../src/export.ts';
import { readUndoRecords } from '../../../src/state/undo-records.ts';
import { slowComponent } from '../../fixtures/components/heavy-components.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import type { WassetteVersion } from '../../fixtures/wassette/wassette.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

type Approval = Record<string, unknown>;
interface Answer {
  structuredContent?: { status: string; already_applied?: boolean; tools_available?: string[] };
}

/**
 * A component that takes a while to compile, planned in a window. It is not compiled before `letCompile`; `compiled` counts
 * how often that was begun.
 */
async function withSlowPlan(version: WassetteVersion) {
  const giver = makeHost();
  giver.install('slow', { code: Buffer.from(await slowComponent('slow', 100)), policy: policyText({}) });
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  await exportStateTo({ name: 'slow' }, giver.locations);
  const folder = path.dirname(taker.locations.componentDir);
  const log = path.join(folder, 'starts');
  const through = path.join(folder, 'counted');
  const held = path.join(folder, 'held');
  writeFileSync(held, '');
  writeFileSync(
    through,
    `#!/bin/sh
echo "$2 $3" >> '${log}'
while [ "$2 $3" = "component load" ] && [ -e '${held}' ]; do sleep 0.05; done
exec "$@"
`,
  );
  chmodSync(through, 0o755);
  const open = () => WrappedAgent.start(version, taker, { through: [through] });
  const window = await open();
  const plan = await window.call('import_state', { snapshot: 'slow' });
  const approval = (plan.structured.next_step as { arguments: Approval }).arguments;
  const compiled = () =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line === 'component load').length
      : 0;
  const letCompile = () => rmSync(held);
  return { window, open, taker, approval, compiled, letCompile };
}

function approve(window: WrappedAgent, approval: Approval, options: RequestOptions) {
  return window.client.callTool(
    { name: 'import_state', arguments: approval },
    undefined,
    options,
  ) as Promise<Answer>;
}

const ONCE_MS = 1_000;

/** Calls as a client does whose calls end after a second; how often it had to. */
async function getThere(
  window: WrappedAgent,
  approval: Approval,
): Promise<{ calls: number; answer: Answer }> {
  for (let calls = 1; ; calls++) {
    try {
      const answer = await approve(window, approval, { timeout: ONCE_MS });
      if (answer.structuredContent?.status !== 'being_applied') return { calls, answer };
    } catch (error) {
      expect(error).toMatchObject({ code: ErrorCode.RequestTimeout });
    }
  }
}

async function expectAppliedOnce(window: WrappedAgent, taker: TestHost): Promise<void> {
  expect(await readUndoRecords(taker.state)).toHaveLength(1);
  expect(await window.tools()).toContain('slow-f');
  expect((await window.call('slow-f')).isError).toBe(false);
}

describe.each<WassetteVersion>(['0.8.0', '0.4.0'])('Wassette %s', (version) => {
  test('a client whose calls time out before the code is compiled gets there, and it is compiled once', async () => {
    const { window, taker, approval, compiled, letCompile } = await withSlowPlan(version);
    for (let calls = 1; calls <= 2; calls++)
      await expect(approve(window, approval, { timeout: ONCE_MS })).rejects.toMatchObject({
        code: ErrorCode.RequestTimeout,
      });
    expect(taker.files()).toEqual({});
    letCompile();
    const { calls, answer } = await getThere(window, approval);
    console.log(`${version}: applied with the ${calls + 2}th call of ${ONCE_MS} ms`);
    expect(answer.structuredContent).toMatchObject({ status: 'applied', tools_available: ['slow-f'] });
    expect(compiled()).toBe(1);
    await expectAppliedOnce(window, taker);
  });

  test('a call that is cancelled changes nothing, and the next one goes on from there', async () => {
    const { window, taker, approval, compiled, letCompile } = await withSlowPlan(version);
    const controller = new AbortController();
    const cancelled = approve(window, approval, { timeout: 120_000, signal: controller.signal });
    cancelled.catch(() => undefined);
    while (compiled() === 0) await delay(20);
    controller.abort();
    await expect(cancelled).rejects.toThrow();
    expect(taker.files()).toEqual({});
    letCompile();
    const { structuredContent } = await approve(window, approval, { timeout: 120_000 });
    expect(structuredContent).toMatchObject({ status: 'applied' });
    expect(structuredContent!.already_applied).toBeUndefined();
    expect(compiled()).toBe(1);
    await expectAppliedOnce(window, taker);
  });
});

describe('an approving call that comes again while the first one is at work', () => {
  const version = '0.8.0';

  test('a client that gives up and tells nobody is told by its next call that the first one goes on', async () => {
    const { window, taker, approval, compiled, letCompile } = await withSlowPlan(version);
    const words: (string | undefined)[] = [];
    const first = approve(window, approval, {
      timeout: 120_000,
      onprogress: ({ message }) => words.push(message),
    });
    while (compiled() === 0) await delay(20);
    const second = await approve(window, approval, { timeout: 120_000 });
    expect(second.structuredContent!.status).toBe('being_applied');
    letCompile();
    expect((await first).structuredContent).toMatchObject({ status: 'applied' });
    expect(words).toContain('compiling slow');
    const third = await approve(window, approval, { timeout: 120_000 });
    expect(third.structuredContent).toMatchObject({
      status: 'applied',
      already_applied: true,
      tools_available: ['slow-f'],
    });
    expect(compiled()).toBe(1);
    await expectAppliedOnce(window, taker);
  });

  test('of two windows that approve at the same moment one applies, and both get there', async () => {
    const { window, open, taker, approval, compiled, letCompile } = await withSlowPlan(version);
    const other = await open();
    letCompile();
    const both = await Promise.all([window, other].map((each) => getThere(each, approval)));
    for (const { answer } of both) expect(answer.structuredContent).toMatchObject({ status: 'applied' });
    expect(
      both.filter(({ answer }) => answer.structuredContent!.already_applied !== true).length,
    ).toBeLessThan(2);
    console.log(`${version}: ${both.map(({ calls }) => calls)} calls, compiled ${compiled()} times`);
    for (const each of [window, other]) await expectAppliedOnce(each, taker);
  });
});
