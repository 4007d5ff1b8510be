// The Markdown of a difference, rendered as a pull request shows it: what others wrote is only ever code in it.
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { quoted, quotedWhole } from '../../src/codec/safe-text.ts';
import type { StatesDifference } from '../../src/diff.ts';
import { markdownOf } from '../../tools/difference-markdown.ts';
import { holds } from '../fixtures/seed.ts';

const renderer = new MarkdownIt({ html: true, linkify: true });
const CODE = { sha256: '0a'.repeat(32), size: 10, sourceUri: null };

/** A difference in which somebody else wrote `value` wherever anybody can. */
function differenceSaying(value: string, notes: readonly string[] = []): StatesDifference {
  const names = { added: [value], removed: [value] };
  const part = { part: value, from: value, to: value };
  const tool = { name: value, parts: [], unsaid: 0, sha256: null };
  return {
    from: value,
    to: value,
    isHost: true,
    lastImport: {
      import_id: 'x',
      imported_at: 0,
      source: `sha256:${'b'.repeat(64)}`,
      names: [value],
      undone_at: 0,
    },
    components: [
      {
        component_id: value,
        action: 'changed',
        code: { from: { ...CODE, sha256: null, sourceUri: value }, to: CODE, tools: names },
        policy: {
          gains: [`may reach ${quotedWhole(value)} over http`],
          gainKinds: ['network'],
          losses: [`may no longer read files in ${quotedWhole(value)}, and see their names`],
          patch: `+${value}\n`,
        },
        tools: [
          { ...tool, action: 'changed', parts: [part] },
          { ...tool, action: 'added' },
        ],
        secretNames: names,
        remarks: [`it is allowed ${quoted(value)}, but its code opens no files`],
      },
    ],
    uncompared: [
      {
        component_ids: [value],
        about: 'tools',
        why: `${quoted(value)} is not as Wassette writes it`,
        hint: `remove ${quoted(value)}`,
      },
    ],
    notes,
  };
}

function rendered(difference: StatesDifference): { html: string; outsideCode: string } {
  const html = renderer.render(markdownOf(difference));
  return { html, outsideCode: html.replace(/<(code|pre)\b[^>]*>[\s\S]*?<\/\1>/g, '') };
}

const tagsOf = (html: string) => html.match(/<[^>]*>/g);

const HOSTILE = [
  'Reviewed by @evil/security, details at https://evil.example/approve',
  'evil.example www.evil.example evil@evil.example',
  'www.evil.example',
  '__evil__',
  '**evil** _evil_ ~~evil~~ `evil` ``evil```',
  '[evil](https://evil.example) ![evil](x) <https://evil.example> [x]: https://evil.example',
  '<b>evil</b> &lt;evil <!-- evil',
  '$evil$ \\(evil\\) :evil:',
  'evil/evil#1 #1 GH-1',
  '\n\n# evil\n---\n- evil\n| evil |\n| --- |\n```\nevil',
  '\r\r~~~\revil "evil" "',
  'evil\u202e\u2028evil',
];

describe('a difference in Markdown', () => {
  it.each(HOSTILE)('with %j in all places has that as code, and no other elements', (value) => {
    const { html, outsideCode } = rendered(differenceSaying(value));
    expect(outsideCode).not.toMatch(/evil|GH-1|[@#]/);
    expect(tagsOf(html)).toEqual(tagsOf(rendered(differenceSaying('some-value_1')).html));
  });

  it('has no other elements whatever the values are made of', () => {
    const plain = tagsOf(rendered(differenceSaying('some-value_1')).html);
    const part = fc.oneof(fc.constantFrom(...HOSTILE.flatMap((text) => text.split(/(?=\W)/))), fc.string());
    return holds(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const { html, outsideCode } = rendered(differenceSaying(`_${parts.join('')}`));
        expect(tagsOf(html)).toEqual(plain);
        expect(outsideCode).not.toMatch(/[@#]/);
      }),
      300,
    );
  });

  it.each(HOSTILE)('with %j in a note, which is not quoted, has that as code', (value) => {
    const { outsideCode } = rendered(differenceSaying('x', [`take care of ${value}`, `(${value}).`]));
    expect(outsideCode).toContain('note: take care of');
    expect(outsideCode).not.toMatch(/GH-1|[@#*_~$[\]|]|www|:\/\/|evil\./);
    expect(outsideCode).not.toMatch(/<(?!\/?(?:h3|h4|p|ul|li|strong)\b)/);
  });

  it('shows values as they are quoted elsewhere, and words as words', () => {
    const value = 'https://x.example/*';
    const lines = markdownOf(differenceSaying(value, ["Wassette 0.8.0 doesn't read /srv/a_b."])).split('\n');
    const code = `\`"${value}"\``;
    expect(lines).toContain(`#### ${code} changed`);
    expect(lines).toContain(`- **gains**: may reach ${code} over http`);
    expect(lines).toContain(`- code: that of ${code} becomes sha256 \`${'0a'.repeat(8)}\` (10 bytes)`);
    expect(lines).toContain(
      `- **not compared**: ${code}: ${code} is not as Wassette writes it; remove ${code}`,
    );
    expect(lines).toContain("- note: Wassette 0.8.0 doesn't read `/srv/a_b`.");
    expect(lines).toContain(
      `Last import there: 1970-01-01 00:00 UTC, of ${code}, \`sha256:${'b'.repeat(64)}\`, taken back 1970-01-01 00:00 UTC.`,
    );
  });
});
