// A review as a page: what is in it, in which order, and that nothing in it is more than text.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { viewOf } from '../../../src/plan/view.ts';
import { linesOf, NO_PATCH } from '../../../tools/difference-words.ts';
import { reviewOfDifference } from '../../../tools/html/difference-review.ts';
import { html, Markup } from '../../../tools/html/markup.ts';
import { PAGE_MARK, pageOf } from '../../../tools/html/page.ts';
import { reviewOfPlan } from '../../../tools/html/plan-review.ts';
import type { Block, Review } from '../../../tools/html/review.ts';
import { DIFFERENCE } from '../../fixtures/pages/differences.ts';
import {
  DANGER,
  HOSTILE,
  pageOfPlan,
  planOf,
  planWithOneDanger,
  reviewOf,
} from '../../fixtures/pages/plans.ts';
import { plan, policyWith, present, targetOf, wanted } from '../../fixtures/plan.ts';

const titlesOf = ({ blocks }: Review) => blocks.map(({ title }) => title);
const tagsOf = (page: string) =>
  new Set([...page.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, name]) => name!.toLowerCase()));
/** Every element that a page of ours has. */
const OURS = new Set(tagsOf(pageOf(hostileReview(['x']))));

function hostileReview(texts: readonly string[]): Review {
  const lines = texts.map((text) => ({
    subjects: Array(5).fill(text),
    text,
    risky: true,
    file: `${text}\n${text}`,
  }));
  return {
    title: texts[0]!,
    summary: texts.join(' '),
    facts: texts.map((text) => ({ label: text, value: text })),
    approving: { says: texts[0]!, command: texts.join(' ') },
    blocks: texts.map((text) => ({ tone: 'danger' as const, title: text, why: text, lines })),
    end: texts[0]!,
  };
}

describe('the page', () => {
  it('allows itself nothing but its own style, which is known by its hash', () => {
    const page = pageOfPlan(planOf(1));
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(page)!;
    const hash = createHash('sha256').update(style!).digest('base64');
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">`,
    );
    expect(page.slice(0, 200)).toContain(PAGE_MARK);
    expect(page).not.toMatch(/<script|<link|<a |<img|url\(|@import|https?:|\sstyle=|\son[a-z]+=/);
  });

  it.each(HOSTILE)('shows %j as text wherever it stands', (text) => {
    const page = pageOf(hostileReview([text]));
    const inside = page.replace(/<style>[\s\S]*?<\/style>/, '');
    for (const tag of tagsOf(inside)) expect(OURS, tag).toContain(tag);
    expect(inside.match(/<section/g)).toHaveLength(1);
    expect(inside).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
  });

  it('is under 200 kB for 500 components, and 20 for 40', () => {
    expect(Buffer.byteLength(pageOfPlan(planOf(500)))).toBeLessThan(200_000);
    expect(Buffer.byteLength(pageOfPlan(planOf(40)))).toBeLessThan(20_000);
  });

  it('is under 200 kB as well where 500 components all gain the same ten things', () => {
    const subjects = Array.from({ length: 500 }, (_, i) => `"tool-${i}"`);
    const lines = Array.from({ length: 10 }, (_, i) => ({ subjects, text: `gain ${i}`, risky: false }));
    const blocks = [{ tone: 'gain' as const, title: 'Gains', why: null, lines }];
    const page = pageOf({ title: '', summary: '', facts: [], approving: null, blocks, end: null });
    expect(Buffer.byteLength(page)).toBeLessThan(200_000);
  });

  it('names every component of a plan of 5,000 steps', () => {
    const big = planOf(5_000);
    const named = new Set([...pageOfPlan(big).matchAll(/&quot;([a-z]+-\d+)&quot;/g)].map(([, id]) => id));
    expect(big.steps.filter(({ component_id }) => !named.has(component_id))).toEqual([]);
  });

  it('shows a text of a megabyte whole', () => {
    const long = '<b>'.repeat(350_000);
    const page = pageOfPlan(planOf(1), [long]);
    expect(page).toContain('&lt;b&gt;'.repeat(350_000));
  });
});

describe('what a reviewer sees of a plan', () => {
  it('begins with what can do most harm, and says why', () => {
    const [first, ...others] = reviewOf(planWithOneDanger()).blocks;
    expect(first).toMatchObject({
      tone: 'danger',
      title: 'Files that can be changed',
      why: expect.any(String),
    });
    expect(first!.lines).toEqual([{ subjects: ['"formatter"'], text: DANGER, risky: true }]);
    expect(others.map(({ tone }) => tone)).not.toContain('danger');
    expect(others.map(({ why }) => why)).toEqual(others.map(() => null));
  });

  it('has the command that approves it at the top and at the bottom, with the digest of the plan', () => {
    const of = planOf(3);
    // Each word is an element, so that no line ends within one.
    const page = pageOfPlan(of).replace(/<\/?span>/g, '');
    const command = `wassette-state import tools.json --approve ${of.digest}`;
    expect(page.split(command)).toHaveLength(3);
    expect(page.indexOf(command)).toBeLessThan(page.indexOf('<section'));
    expect(page.lastIndexOf(command)).toBeGreaterThan(page.lastIndexOf('<section'));
  });

  it('says who signed it, or that nobody has', () => {
    expect(reviewOf(planOf(1)).facts).toContainEqual({ label: 'Signed by', value: 'nobody' });
  });

  it('has every sentence that an approval accepts, in the words of the plan', () => {
    const of = planOf(60);
    const said = reviewOf(of).blocks.flatMap(({ lines }) =>
      lines.map(({ subjects, text }) => [subjects.join(', '), text].filter((part) => part !== '').join(' ')),
    );
    for (const { text } of of.sentences) expect(said).toContain(text);
  });

  it('puts what is allowed before what changes, and what stays as it is last and by name', () => {
    const review = reviewOf(planOf(20));
    expect(titlesOf(review)).toEqual([
      'New code',
      'Files that can be read',
      'Variables that can be read',
      'Hosts that can be reached',
      'This changes',
      'These tools stop working',
      'This host still lacks',
      '4 unchanged',
    ]);
    expect(review.blocks.at(-1)).toMatchObject({
      tone: 'aside',
      lines: [{ subjects: ['"calendar-0"', '"calendar-1"', '"issues-0"', '"issues-1"'] }],
    });
  });

  it('has one sentence for an update that gains nothing but new code', () => {
    const policy = policyWith('network: { allow: [{ host: a.example }] }');
    const update = plan(
      [wanted('a', { policy, code: 'new' })],
      targetOf([present('a', { policy, code: 'old' })]),
    );
    const { blocks } = reviewOfPlan(viewOf(update), 'Import', null);
    const sentences = blocks
      .filter(({ tone }) => tone !== 'note' && tone !== 'loss')
      .flatMap(({ lines }) => lines);
    expect(sentences.filter(({ subjects }) => subjects.length > 0)).toHaveLength(1);
  });

  it('has neither command nor sentence where there is nothing to do', () => {
    const idle = plan([wanted('a')], targetOf([present('a')]));
    const review = reviewOf(idle);
    expect(review).toMatchObject({
      summary: 'Nothing to do: what is installed here is that state already.',
      approving: null,
      end: null,
    });
    expect(titlesOf(review)).toEqual(['1 unchanged']);
  });
});

describe('what a reviewer sees of a difference', () => {
  const { components } = DIFFERENCE;
  const review = reviewOfDifference(DIFFERENCE);

  it('is ordered by what can be lost, as a plan is', () => {
    expect(review.blocks.map(({ tone, title }) => [tone, title])).toEqual([
      ['danger', 'Not compared'],
      ['danger', 'What models are told of tools'],
      ['danger', 'Files that can be changed'],
      ['gain', 'New code'],
      ['gain', 'Files that can be read'],
      ['gain', 'Hosts that can be reached'],
      ['loss', 'This is taken away'],
      ['note', 'How this fits the code'],
      ['plain', 'Stored secrets'],
      ['note', 'Good to know'],
      ['plain', 'Texts of policies'],
    ]);
    const subjectsOf = ({ lines }: Block) => [...new Set(lines.flatMap(({ subjects }) => subjects))];
    const [, told, written, run] = review.blocks.map(subjectsOf);
    expect({ told, written, run }).toEqual({
      told: ['"d-misleading"'],
      written: ['"b-granted"'],
      run: ['"c-recoded"', '"f-added"'],
    });
    for (const { tone, why, lines } of review.blocks)
      for (const { risky } of lines) expect([risky, why !== null]).toEqual(Array(2).fill(tone === 'danger'));
  });

  it('says all that the text says', () => {
    const lines = review.blocks.flatMap((block) => block.lines);
    for (const component of components) {
      const { component_id, action, policy, remarks = [] } = component;
      const texts = lines
        .filter(({ subjects, text }) => [...subjects, text].join(' ').includes(`"${component_id}"`))
        .map(({ text, file = '' }) => text + file)
        .join('\n');
      for (const line of linesOf(component)) expect(texts).toContain(line);
      for (const line of [...(policy?.gains ?? []), ...(policy?.losses ?? []), ...remarks])
        expect(texts).toContain(line);
      if (action === 'changed' && policy !== null) expect(texts).toContain(policy.patch?.trim() ?? NO_PATCH);
      else expect(texts).toContain(action === 'changed' ? '' : `${action}; code: `);
    }
    expect(lines.map(({ text }) => text)).toContain('a note');
    expect(lines[0]!.text).toMatch(/^"g-unread": the names of its secrets .*; compare as the user/);
    expect(review).toMatchObject({ summary: '1 added, 1 removed, 4 changed', approving: null });
  });

  it('has the text of a policy as text', () => {
    expect(pageOf(review)).toContain('<pre>+ host: &lt;x&gt;</pre>');
  });
});

it('texts are escaped and pieces of HTML are not', () => {
  expect(
    html`<p title="${'"'}">${"<&>'"} ${new Markup('<br>')} ${[new Markup('a'), new Markup('b')]} ${3} ${null}</p>`
      .text,
  ).toBe('<p title="&quot;">&lt;&amp;&gt;&#39; <br> ab 3 </p>');
});
