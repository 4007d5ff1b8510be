// A command line that cannot be understood is answered like any other failure: with a code and what to do next.
import { expect, test } from 'vitest';
import { command } from '../../fixtures/command-line.ts';

test.each([
  ['completion bsh', "argument 'bsh' is invalid", 'allowed choices are bash, zsh, fish'],
  [
    'diff a --format pdf',
    "argument 'pdf' is invalid",
    'allowed choices are text, markdown, json, sarif, html',
  ],
  ['export --tag a', "argument 'a' is invalid", 'write it as key=value'],
  ['export --components ["weather"', 'is invalid', 'write it as a,b or as ["a","b"]'],
  ['exprot', "unknown command 'exprot'", 'did you mean export?'],
  ['help imprt', "unknown command 'imprt'", 'did you mean import?'],
  ['serve --verison', "unknown option '--verison'", 'did you mean --version?'],
  ['import tools --ys', "unknown option '--ys'", 'did you mean --yes?'],
  ['import', "missing required argument 'snapshot'", 'wassette-state import --help says what there is'],
  ['store', 'a command is missing after store', 'which there are stands above'],
  ['trust add', "missing required argument 'name'", 'wassette-state trust add --help says what there is'],
  ['store lsit', "unknown command 'lsit'", 'did you mean list?'],
  ['nothing-like-it', 'unknown command', 'wassette-state --help says what there is'],
])('`%s` is refused with what is right', async (line, problem, hint) => {
  const words = line.split(' ');
  const { code, stderr } = await command(...words);
  expect(code).toBe(2);
  const said = stderr.replace(/\s+/g, ' ');
  expect(said).toMatch(/error: .* \[USAGE_BAD_ARGUMENT\] hint: /);
  expect(said).toContain(problem);
  expect(said).toContain(`hint: ${hint}`);
  expect(stderr.split('\n').filter((text) => text.length > 80)).toEqual([]);
  const { stdout } = await command(...words, '--json');
  if (stdout !== '') expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'USAGE_BAD_ARGUMENT' } });
});
