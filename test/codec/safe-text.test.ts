// What is said of somebody else's text must look the same in a terminal, in Markdown and in HTML.
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { quoted, quotedWhole } from '../../src/codec/safe-text.ts';
import { holds } from '../fixtures/seed.ts';

const markdown = new MarkdownIt({ html: true, linkify: true });

/** What a reader sees of `lines` as a list in a client that renders Markdown with HTML; emphasis marks are not shown. */
function seen(lines: readonly string[]): string {
  const html = markdown.render(lines.map((line) => `- ${line}`).join('\n'));
  const entities: Record<string, string> = { '&quot;': '"', '&amp;': '&', '&lt;': '<', '&gt;': '>' };
  return html.replace(/<[^>]*>/g, '').replace(/&\w+;/g, (entity) => entities[entity] ?? entity);
}

const withoutEmphasis = (text: string) => text.replace(/[*_]/g, '');

const hostile = [
  '<!--',
  '-->',
  '<details>',
  '<b hidden>',
  '&lt;',
  '`',
  '```',
  '](http://x)',
  '![a](b)',
  '[x]: /y',
  '~~',
  '||',
  '$$',
  '\\',
  '"',
  '\n\n',
  '\u202e',
  '# ',
  '<https://x>',
];

describe('a value quoted for people', () => {
  it.each(hostile)('with %j in it hides nothing of what stands around it', (text) => {
    const lines = [
      `"a" may reach ${quotedWhole(`x${text}y`)}, loudly`,
      `"b" may read ${quotedWhole(`${text} z`)}`,
    ];
    expect(withoutEmphasis(seen(lines)).trim()).toBe(withoutEmphasis(lines.join('\n')));
  });

  it('hides nothing in Markdown or HTML, whatever it is made of', () =>
    holds(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...hostile), fc.string()), { maxLength: 8 }), (parts) => {
        const lines = ['"a" may reach', '"b" may read'].map(
          (text) => `${text} ${quotedWhole(parts.join(''))} here`,
        );
        expect(withoutEmphasis(seen(lines)).trim()).toBe(withoutEmphasis(lines.join('\n')));
      }),
      300,
    ));

  it('is ASCII, whole, and reads back as JSON', () =>
    holds(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(quotedWhole(text)).toMatch(/^"[\x20-\x7e]*"$/);
        expect(JSON.parse(quotedWhole(text))).toBe(text);
      }),
      300,
    ));
});

it('a value in an error is cut at 80 characters, with a hash of the whole', () => {
  const long = (end: string) => quoted(`${'z'.repeat(200)}${end}`);
  expect(long('1').length).toBeLessThan(120);
  expect(long('1')).not.toBe(long('2'));
  expect(quoted('short')).toBe('"short"');
});
