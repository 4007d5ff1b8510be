// The page inside an MCP client, in a real browser, held by the official bridge: it shows the plan, and can do no more.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appPage } from '../../../tools/html/app/page.ts';
import { REVIEW_KEY, type Review } from '../../../tools/html/review.ts';
import { barriersIn, chromiumForAll, type Shown, shown } from '../../fixtures/pages/browser.ts';
import { DANGER, HOSTILE, planOf, planWithOneDanger, reviewOf } from '../../fixtures/pages/plans.ts';

const held = chromiumForAll();
const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-app-'));
const HOST = path.join(folder, 'host.html');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  const entry = path.join(import.meta.dirname, '../../fixtures/pages/app-host.mjs');
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife' });
  writeFileSync(path.join(folder, 'host.js'), outputFiles[0]!.text);
  writeFileSync(
    HOST,
    '<!doctype html><html lang="en"><title>Host</title><body><script src="host.js"></script>',
  );
});

/** What a client passes on of a plan. */
function resultOf(review: Review): object {
  const structuredContent = { summary: 'Planned, nothing changed yet.' };
  return { content: [{ type: 'text', text: 'a plan' }], structuredContent, _meta: { [REVIEW_KEY]: review } };
}

/** The page in the frame of a client that has just opened it. */
async function opened(): Promise<Shown & { frame: Frame; send(result: object): Promise<void> }> {
  const host = await shown(held, HOST);
  await host.page.evaluate(`hold(${JSON.stringify(appPage())}).then((held) => { window.held = held; })`);
  const frame = host.page.frames()[1]!;
  return {
    ...host,
    frame,
    async send(result) {
      await host.page.evaluate(`held.bridge.sendToolResult(${JSON.stringify(result)})`);
      await frame.waitForSelector('main > *');
    },
  };
}

const inFrame = (frame: Frame) => ({ ask: <T>(expression: string) => frame.evaluate<T>(expression) });

it('shows the plan that its client was told of, in the theme of the client, and says how large it is', async () => {
  const app = await opened();
  await app.send(resultOf(reviewOf(planWithOneDanger())));
  expect(await app.frame.locator('.danger strong').allTextContents()).toEqual([DANGER]);
  expect(await app.frame.locator('section').first().getAttribute('class')).toBe('danger');
  const { ask } = inFrame(app.frame);
  expect(await ask('getComputedStyle(document.body).backgroundColor')).toBe('rgb(22, 24, 29)');
  expect(await ask('document.querySelectorAll("button, a, form, input, iframe, img").length')).toBe(0);
  await expect.poll(() => app.ask('held.told.length')).toBeGreaterThan(0);
  expect(app.tried).toEqual([]);
  await app.page.close();
});

it('has for the same review the same elements as the page in a file', async () => {
  const app = await opened();
  const review = { ...reviewOf(planOf(40)), approving: null };
  await app.send(resultOf(review));
  const { pageOf } = await import('../../../tools/html/page.ts');
  const file = path.join(folder, 'file.html');
  writeFileSync(file, pageOf(review));
  const page = await shown(held, file);
  const blocks = `[...document.querySelectorAll('section')].map((each) => each.className + ': ' + each.textContent)`;
  expect(await inFrame(app.frame).ask(blocks)).toEqual(await page.ask(blocks));
  for (const each of [app, page]) await each.page.close();
});

it('can be read by everybody', async () => {
  const app = await opened();
  await app.send(resultOf(reviewOf(planOf(40))));
  expect(await barriersIn({ page: app.frame, ...inFrame(app.frame) })).toEqual([]);
  await app.page.close();
});

it('shows any other result as its text', async () => {
  const app = await opened();
  await app.send({
    content: [{ type: 'text', text: 'Applied: 2 added.' }],
    structuredContent: { summary: 'x' },
  });
  expect(await app.frame.locator('main').textContent()).toBe('Applied: 2 added.');
  await app.page.close();
});

it('makes no element and no request of hostile texts', async () => {
  const app = await opened();
  const { ask } = inFrame(app.frame);
  const elements = async (text: string) => {
    const review: Review = {
      title: text,
      summary: text,
      facts: [{ label: text, value: text }],
      approving: null,
      blocks: [
        {
          tone: text as 'plain',
          title: text,
          why: text,
          lines: [{ subjects: Array(9).fill(text), text, risky: true }],
        },
      ],
      end: text,
    };
    await app.send(resultOf(review));
    return ask<number>('document.querySelectorAll("*").length');
  };
  const count = await elements('x');
  for (const text of HOSTILE) expect(await elements(text), text).toBe(count);
  expect(app.tried).toEqual([]);
  await app.page.close();
});

it('takes messages in any order or shape, from its client alone', async () => {
  const app = await opened();
  const { ask } = inFrame(app.frame);
  const plan = {
    jsonrpc: '2.0',
    method: 'ui/notifications/tool-result',
    params: { content: [{ type: 'text', text: 'forged' }] },
  };
  // From itself, as from any other window than its parent.
  await ask(`window.postMessage(${JSON.stringify(plan)}, '*')`);
  for (const message of [
    null,
    1,
    'x',
    {},
    { jsonrpc: '2.0' },
    { jsonrpc: '2.0', id: 1, result: null },
    { ...plan, params: null },
    { ...plan, jsonrpc: '1' },
  ])
    await app.page.evaluate(`held.frame.contentWindow.postMessage(${JSON.stringify(message)}, '*')`);
  await app.page.evaluate('held.bridge.setHostContext({ theme: "light" })');
  await expect.poll(() => ask('document.documentElement.dataset.theme')).toBe('light');
  expect(await app.frame.locator('main').textContent()).toBe('');
  await app.send(resultOf(reviewOf(planOf(1))));
  await app.send({ content: [], _meta: { [REVIEW_KEY]: { blocks: 'none', facts: [1, {}], title: {} } } });
  await app.send(resultOf(reviewOf(planWithOneDanger())));
  expect(await app.frame.locator('.danger strong').allTextContents()).toEqual([DANGER]);
  expect(app.tried).toEqual([]);
  await app.page.close();
});

it('answers when it is closed, and asks its client for nothing', async () => {
  const app = await opened();
  await app.page.evaluate(
    `held.bridge.fallbackRequestHandler = async ({ method }) => { window.asked = method; return {}; }`,
  );
  await app.send(resultOf(reviewOf(planOf(1))));
  expect(await app.page.evaluate('held.bridge.teardownResource({})')).toEqual({});
  expect(await app.page.evaluate('window.asked ?? null')).toBeNull();
  await app.page.close();
});

it('alone in a window shows nothing and fails in nothing', async () => {
  const file = path.join(folder, 'alone.html');
  writeFileSync(file, appPage());
  const seen = await shown(held, file);
  expect(await seen.page.locator('main').textContent()).toBe('');
  expect(seen.tried).toEqual([]);
  await seen.page.close();
});
