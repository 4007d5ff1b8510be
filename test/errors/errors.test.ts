// What an error shows, whoever named the things in it; and what of another program's words goes where.
import { describe, expect, test } from 'vitest';
import { ownWords, StoreError, saidAbout, UsageError } from '../../src/errors.ts';

const said = (text: string) => new StoreError('STORE_IO', 'x', { said: text }).said;

describe('an error holds nothing invisible', () => {
  test.each([
    ['an escape', '\u001b[2J', '\\u{1b}[2J'],
    ['a C1 control', '\u009b31m', '\\u{9b}31m'],
    ['a line break', 'a\nb\r', 'a\\u{a}b\\u{d}'],
    ['bidi', 'a\u202eb\u2066', 'a\\u{202e}b\\u{2066}'],
    ['a zero width space, a BOM and a tag', '\u200b\ufeff\u{e0041}', '\\u{200b}\\u{feff}\\u{e0041}'],
    ['half a pair', '\ud800', '\\u{d800}'],
  ])('but says that there is %s', (_title, text, shown) => {
    const error = new UsageError('USAGE_BAD_ARGUMENT', `m ${text}`, {
      hint: `h ${text}`,
      details: { one: text, many: ['plain', text], count: 1 },
      said: text,
    });
    expect(error.toJSON()).toEqual({
      code: 'USAGE_BAD_ARGUMENT',
      message: `m ${shown}`,
      hint: `h ${shown}`,
      details: { one: shown, many: ['plain', shown], count: 1 },
    });
    expect(error.said).toBe(shown);
  });
});

describe('what another program said', () => {
  test('is not in the error that is sent', () => {
    const error = new StoreError('STORE_IO', 'x', { said: 'hunter2' });
    expect(JSON.stringify(error)).not.toContain('hunter2');
    expect(String(error)).not.toContain('hunter2');
  });

  test('is found along the causes, for a log', () => {
    const first = new StoreError('STORE_IO', 'x', { said: 'one' });
    const second = new StoreError('STORE_IO', 'y', { cause: new Error('z', { cause: first }) });
    expect(saidAbout(second)).toEqual(['one']);
    expect(saidAbout('text')).toEqual([]);
  });

  test.each([
    ['no https://user:pass@host.example/a?token=b here', 'no https://host.example/a?… here'],
    ['(https://u@h/a#frag)', '(https://h/a?…'],
    ['oci://me:pw@reg.example/x:1', 'oci://reg.example/x:1'],
    ['"https://h.example/a" and https://h.example/b', '"https://h.example/a" and https://h.example/b'],
    ['https://u:p@ss@h/a', 'https://h/a'],
    ['file:///srv/a.wasm', 'file:///srv/a.wasm'],
  ])('is kept without what a URI carries besides the place: %s', (text, kept) => {
    expect(said(text)).toBe(kept);
  });

  test('is kept no longer than a log can bear', () => {
    expect(said('x'.repeat(100_000))!.length).toBe(1_000);
  });
});

test('the message of what is not ours is not passed on', () => {
  expect(ownWords(new UsageError('USAGE_BAD_ARGUMENT', 'ours'))).toBe('ours');
  expect(ownWords(new SyntaxError('Unexpected token hunter2'))).toBe('an unexpected failure');
});
