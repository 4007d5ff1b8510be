// What a terminal gets: lines, in our own styles, and nothing else that it would act upon.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forTerminal, print, progressLine, setOutput, styled, wrapped } from '../../../tools/cli/terminal.ts';

let printed: string;
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
  vi.stubEnv('NO_COLOR', '');
  vi.stubEnv('TERM', 'xterm');
});
const { isTTY } = process.stdout;
afterEach(() => {
  process.stdout.isTTY = isTTY;
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test('a style reaches a terminal, also over several lines, and what is in it is shown', () => {
  process.stdout.isTTY = true;
  print(`plain ${styled('red \u001b[32m\nand \u202ered', 'red')} plain \u0007`);
  expect(printed).toBe('plain \u001b[31mred \\u{1b}[32m\nand \\u{202e}red\u001b[0m plain \\u{7}\n');
});

test('where there is no terminal there are no styles', () => {
  process.stdout.isTTY = false;
  print(styled('text', 'bold'));
  expect(printed).toBe('text\n');
});

test('there are none either when the person does not want them', () => {
  process.stdout.isTTY = true;
  vi.stubEnv('NO_COLOR', '1');
  print(styled('text', 'bold'));
  vi.stubEnv('NO_COLOR', '');
  setOutput({ color: false });
  print(styled('text', 'bold'));
  setOutput({});
  expect(printed).toBe('text\ntext\n');
});

test('progress is not for a terminal that cannot clear a line', () => {
  vi.useFakeTimers();
  const shown = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { isTTY: wasTTY } = process.stderr;
  process.stderr.isTTY = true;
  for (const [term, times] of [
    ['dumb', 0],
    ['xterm', 1],
  ] as const) {
    vi.stubEnv('TERM', term);
    const report = progressLine();
    report({ doing: 'reading', component: null, fraction: 0.5 });
    vi.advanceTimersByTime(1_000);
    expect(shown).toHaveBeenCalledTimes(times);
  }
  process.stderr.isTTY = wasTTY;
  vi.useRealTimers();
});

test('nobody can write a style but we', () => {
  process.stdout.isTTY = true;
  const mark = styled('', 'bold').slice(0, -1);
  expect(mark).not.toBe('');
  expect(forTerminal('\ue00031mred')).toBe('\\u{e000}31mred');
  expect(forTerminal('\u001b[31m')).toBe('\\u{1b}[31m');
});

test('a text that is broken keeps its indentation, and the spaces within its lines', () => {
  const words = Array.from({ length: 30 }, (_, i) => `word-${i}`);
  const [first, ...others] = wrapped('  + ', `    "a":  ${words.join(' ')}`).split('\n');
  expect(first).toMatch(/^ {2}\+ {5}"a": {2}word-0 /);
  expect(others.length).toBeGreaterThan(0);
  for (const line of others) expect(line).toMatch(/^ {8}word-/);
  expect([wrapped('  ', ''), wrapped('', '   ')]).toEqual(['  ', '   ']);
});

test('a style takes no room: a line breaks where it does without', () => {
  const breaks = (first: string) => wrapped(first, `${'word '.repeat(13)}end`);
  process.stdout.isTTY = false;
  const plain = breaks(styled('problem: ', 'yellow'));
  process.stdout.isTTY = true;
  const coloured = forTerminal(breaks(styled('problem: ', 'yellow')));
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
});
