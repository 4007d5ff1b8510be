// The page in a real browser: what people see of it, on every screen and on paper, and that it does nothing by itself.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reviewOfDifference } from '../../../tools/html/difference-review.ts';
import { pageOf } from '../../../tools/html/page.ts';
import type { Review } from '../../../tools/html/review.ts';
import { barriersIn, chromiumForAll, shown } from '../../fixtures/pages/browser.ts';
import { DIFFERENCE } from '../../fixtures/pages/differences.ts';
import {
  DANGER,
  HOSTILE,
  pageOfPlan,
  planOf,
  planWithOneDanger,
  reviewOf,
} from '../../fixtures/pages/plans.ts';

const held = chromiumForAll();
const folder = mkdtempSync(path.join(tmpdir(), 'wassette-state-pages-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, page: string): string {
  const file = path.join(folder, `${name}.html`);
  writeFileSync(file, page);
  return file;
}

const SCREENS = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];
const THEMES = ['light', 'dark'] as const;
const PAGES = {
  'a plan of no component': pageOfPlan(planOf(0)),
  'a plan of one component': pageOfPlan(planOf(1)),
  'a plan of forty components': pageOfPlan(planWithOneDanger()),
  'a plan of 500 components': pageOfPlan(planOf(500)),
  'a difference': pageOf(reviewOfDifference(DIFFERENCE)),
};
const CASES = Object.keys(PAGES).flatMap((name) =>
  SCREENS.flatMap((viewport) => THEMES.map((theme) => [name, theme, viewport.width, viewport] as const)),
);

describe.each(CASES)('%s, %s, %i pixels wide', (name, theme, _width, viewport) => {
  it('can be read by everybody, without scrolling sideways, and asks for nothing', async () => {
    const file = fileOf(name, PAGES[name as keyof typeof PAGES]);
    const seen = await shown(held, file, { viewport, colorScheme: theme });
    expect(await seen.ask('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
    expect(await seen.ask('document.scripts.length')).toBe(0);
    const background = await seen.ask<string>('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(22, 24, 29)');
    expect(await barriersIn(seen)).toEqual([]);
    expect(seen.tried).toEqual([]);
    await seen.page.close();
  });
});

describe('the one dangerous line among forty components', () => {
  it.each(SCREENS)('is on the first screen of $width pixels, or begins just below it', async (viewport) => {
    const seen = await shown(held, fileOf('danger', pageOfPlan(planWithOneDanger())), { viewport });
    const line = seen.page.locator('.danger strong');
    expect(await line.allTextContents()).toEqual([DANGER]);
    const { y } = (await line.boundingBox())!;
    expect(y).toBeLessThan(viewport.height);
    await seen.page.close();
  });

  it('is the first heading below the title for somebody who hears the page', async () => {
    const seen = await shown(held, fileOf('danger', pageOfPlan(planWithOneDanger())));
    const headings = await seen.page.getByRole('heading').allTextContents();
    expect(headings[1]).toBe('Files that can be changed');
    await seen.page.close();
  });
});

it('on paper there is all that changes, and not what stays as it is', async () => {
  const seen = await shown(held, fileOf('paper', pageOfPlan(planOf(40))), { colorScheme: 'dark' });
  await seen.page.emulateMedia({ media: 'print' });
  expect(await seen.page.locator('.aside').isVisible()).toBe(false);
  expect(await seen.page.locator('.gain').first().isVisible()).toBe(true);
  expect(await seen.ask('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  expect((await seen.page.pdf()).length).toBeGreaterThan(1_000);
  await seen.page.close();
});

describe('texts that want to be more than text', () => {
  const everywhere = (texts: readonly string[]): Review => ({
    ...reviewOf(planOf(1)),
    title: texts[0]!,
    summary: texts.join(' '),
    facts: texts.map((text) => ({ label: text, value: text })),
    approving: { says: texts[0]!, command: texts.join(' ') },
    blocks: texts.map((text) => ({
      tone: 'danger',
      title: text,
      why: text,
      lines: [
        { subjects: [text], text, risky: true, file: text },
        { subjects: Array(9).fill(text), text, risky: false },
      ],
    })),
    end: texts[0]!,
  });

  it('make no element and no request, and every one is shown', async () => {
    const harmless = await shown(held, fileOf('harmless', pageOf(everywhere(HOSTILE.map(() => 'x')))));
    const seen = await shown(held, fileOf('hostile', pageOf(everywhere(HOSTILE))));
    // Each word of the command is one of ours.
    const count = 'document.querySelectorAll("*:not(.approve span)").length';
    expect(await seen.ask(count)).toBe(await harmless.ask(count));
    const texts = await seen.page.locator('pre').allTextContents();
    expect(texts).toHaveLength(HOSTILE.length);
    for (const text of HOSTILE.filter((each) => /^[\x20-\x7e]*$/.test(each))) expect(texts).toContain(text);
    expect(seen.tried).toEqual([]);
    for (const { page } of [harmless, seen]) await page.close();
  });

  it('of a megabyte are shown whole', async () => {
    const seen = await shown(held, fileOf('megabyte', pageOfPlan(planOf(1), ['<b>\u202e'.repeat(250_000)])));
    const [text] = await seen.page.locator('.note li').allTextContents();
    expect(text).toBe('<b>\\u{202e}'.repeat(250_000));
    expect(seen.tried).toEqual([]);
    await seen.page.close();
  });

  it('that got in all the same could load and run nothing', async () => {
    const page = pageOfPlan(planOf(1)).replace(
      '</main>',
      `${HOSTILE.join('')}<script>document.title='run'</script></main>`,
    );
    const seen = await shown(held, fileOf('inside', page));
    expect(await seen.ask('document.title')).not.toBe('run');
    expect(seen.tried).toEqual([]);
    await seen.page.close();
  });
});
