// One entry is changed in a client's file, and nothing else.
import { describe, expect, it } from 'vitest';
import { type ConfigPlace, configText, withEntry } from '../../../tools/install/config/config-text.ts';
import { failing } from '../../fixtures/failing.ts';

const ENTRY = { command: '/opt/node', args: ['/opt/cli.js', 'serve'], env: { A: 'b "c"' } };
const OTHER = { command: '/usr/bin/node', args: [] };

const json = (keys = ['mcpServers']): ConfigPlace => ({ file: 'mcp.json', format: 'json', keys });
const jsonc = (keys = ['mcpServers']): ConfigPlace => ({ file: 'mcp.json', format: 'jsonc', keys });
const toml: ConfigPlace = { file: 'config.toml', format: 'toml', keys: ['mcp_servers'] };

function expectRoundTrip(text: string, place: ConfigPlace): string {
  const written = withEntry(text, place, 'wassette', ENTRY);
  expect(configText(written, place).servers.wassette).toEqual(ENTRY);
  const other = withEntry(written, place, 'wassette', OTHER);
  expect(withEntry(other, place, 'wassette', ENTRY)).toBe(written);
  expect(withEntry(written, place, 'wassette', undefined)).toBe(text);
  return written;
}

const LAID_OUT: Record<string, string> = {
  'two spaces': '{\n  "mcpServers": {\n    "other": { "command": "x" }\n  }\n}\n',
  tabs: '{\n\t"mcpServers": {\n\t\t"other": {\n\t\t\t"command": "x"\n\t\t}\n\t}\n}',
  'Windows line ends': '{\r\n    "mcpServers": {\r\n        "other": { "command": "x" }\r\n    }\r\n}\r\n',
  'a byte-order mark': '\ufeff{\n  "mcpServers": {\n    "other": {}\n  }\n}\n',
  'one line': '{"mcpServers":{"other":{"command":"x","args":[1,  2]}},"a":1e400}',
  'odd white space': '{ "a" :1,"mcpServers"  :  {"other":{}\n\n ,"more":  {}}   }\n\n',
  'an empty object of servers': '{\n  "a": 1,\n  "mcpServers": {}\n}\n',
  'numbers and escapes that a parser would rewrite':
    '{\n  "n": 1.0, "big": 12345678901234567890, "s": "\\u00e9\\/",\n  "mcpServers": {\n    "x": {}\n  }\n}\n',
};

describe('JSON', () => {
  for (const [name, text] of Object.entries(LAID_OUT))
    it(`with ${name} is the same again after an uninstall`, () => {
      expectRoundTrip(text, json());
    });

  it('is indented as the file is', () => {
    expect(withEntry(LAID_OUT.tabs!, json(), 'wassette', OTHER)).toBe(
      '{\n\t"mcpServers": {\n\t\t"wassette": {\n\t\t\t"command": "/usr/bin/node",\n\t\t\t"args": []\n\t\t},\n' +
        '\t\t"other": {\n\t\t\t"command": "x"\n\t\t}\n\t}\n}',
    );
  });

  it('without servers, without anything, or as a new file gets the object, too', () => {
    for (const text of ['{}\n', '', ' \n', '{\n}\n', '{\n  "theme": "dark"\n}\n', '{"theme":"dark"}']) {
      const written = withEntry(text, json(), 'wassette', ENTRY);
      expect(JSON.parse(written).mcpServers).toEqual({ wassette: ENTRY });
    }
    expect(withEntry('', json(), 'wassette', OTHER)).toBe(
      '{\n  "mcpServers": {\n    "wassette": {\n      "command": "/usr/bin/node",\n      "args": []\n    }\n  }\n}\n',
    );
  });

  it('of deeper keys is found and made', () => {
    const place = json(['a', 'b']);
    expect(JSON.parse(withEntry('{"a":{"c":1}}', place, 'wassette', OTHER))).toEqual({
      a: { c: 1, b: { wassette: OTHER } },
    });
  });

  it('loses the entry alone wherever it stands', () => {
    const text =
      '{\n  "mcpServers": {\n    "a": {},\n    "wassette": {\n      "command": "x"\n    }\n  }\n}\n';
    expect(withEntry(text, json(), 'wassette', undefined)).toBe(
      '{\n  "mcpServers": {\n    "a": {}\n  }\n}\n',
    );
  });

  it('that is broken is refused with the place of the fault', () => {
    expect(() => configText('{\n  "a": 1\n  "b": 2\n}', json())).toThrow(failing('FORMAT_INVALID_CONFIG'));
    expect(() => configText('{\n  "a": 1\n  "b": 2\n}', json())).toThrow(/^mcp\.json:3:3: comma expected$/);
    expect(() => configText('{"a": ', json())).toThrow(/^mcp\.json:1:7: /);
    expect(() => configText('// mine\n{}', json())).toThrow(/^mcp\.json:1:1: this client reads no comments$/);
    expect(() => configText('[]', json())).toThrow(/the whole is not an object/);
    expect(() => configText('{"mcpServers": []}', json())).toThrow(/1:16: mcpServers is not an object/);
  });

  it('with a comma at an end or a comment is read where the client reads it', () => {
    const gemini = { ...json(), format: 'json with comments' } as const;
    expect(() => configText('{"a": 1,}', json())).toThrow(/^mcp\.json:1:9: property name expected$/);
    expect(() => configText('{"a": 1,}', gemini)).toThrow(failing('FORMAT_INVALID_CONFIG'));
    expect(configText('{"a": 1 /* one */}', gemini).servers).toEqual({});
    expect(configText('{"a": 1, /* one */}', jsonc()).servers).toEqual({});
  });

  it('with a key twice is refused, because clients differ in which one they take', () => {
    const twice = '{\n  "mcpServers": {\n    "wassette": {},\n    "wassette": {}\n  }\n}';
    expect(() => withEntry(twice, json(), 'wassette', ENTRY)).toThrow(
      /^mcp\.json:4:5: "wassette" is there twice$/,
    );
    expect(() => configText('{"mcpServers": {}, "mcpServers": {}}', json())).toThrow(/is there twice/);
  });
});

const COMMENTED = `{
  // what I use
  "servers": { // all of them
    // the first
    "a": { "type": "stdio" }, // after a
    /* before b */ "b": {
      "command": "b", // here
    } // after b
    // at the end
  },
  "inputs": [],
}
`;

describe('JSON with comments', () => {
  it('keeps every comment at what it is about', () => {
    const written = expectRoundTrip(COMMENTED, jsonc(['servers']));
    expect(written).toContain('{ // all of them\n    "wassette": {\n');
    expect(written).toContain('},\n    // the first\n    "a"');
  });

  it('keeps the comments around an entry that is taken out', () => {
    const place = jsonc(['servers']);
    const text = COMMENTED.replaceAll('"b"', '"wassette"');
    expect(withEntry(text, place, 'wassette', undefined)).toMatch(
      /\/\/ after a[\s\S]*\/\/ after b\n {4}\/\/ at the end/,
    );
    const first = COMMENTED.replaceAll('"a"', '"wassette"');
    expect(withEntry(first, place, 'wassette', undefined)).toMatch(
      /\/\/ the first[\s\S]*\/\/ after a[\s\S]*"b": \{/,
    );
  });

  it('of which nothing but comments is left can be written to', () => {
    const written = withEntry('{\n  // nothing yet\n}\n', jsonc(), 'wassette', ENTRY);
    expect(written).toContain('// nothing yet');
  });
});

const CODEX = `# my settings
model = "o9"   # the best
big = 9223372036854775807
when = 1979-05-27T07:32:00.999999Z

[mcp_servers.other]   # keep
command = 'x'
args = [ "a",
  "b", ]

# about projects
[projects."/home/me"]
trust_level = "trusted"
`;

describe('TOML', () => {
  for (const [name, text] of Object.entries({
    'comments and other tables': CODEX,
    'Windows line ends': CODEX.replaceAll('\n', '\r\n'),
    'no line end at its end': CODEX.trimEnd(),
    'blank lines at its end': `${CODEX}\n\n`,
    'a table of servers': '[mcp_servers]\n',
    'a text of many lines that looks like a table': 'notes = """\n[mcp_servers.x]\ncommand = 1\n"""\n',
    'arrays of tables': '[[hooks]]\nrun = "x"\n\n[[hooks]]\nrun = "y"\n',
  }))
    it(`with ${name} is the same again after an uninstall`, () => {
      expectRoundTrip(text, toml);
    });

  it('gets a table at its end', () => {
    expect(withEntry('model = "o9"\n', toml, 'wassette', ENTRY)).toBe(
      'model = "o9"\n\n[mcp_servers.wassette]\ncommand = "/opt/node"\nargs = [ "/opt/cli.js", "serve" ]\n\n' +
        '[mcp_servers.wassette.env]\nA = "b \\"c\\""\n',
    );
    expect(withEntry('', toml, 'wassette', OTHER)).toBe(
      '[mcp_servers.wassette]\ncommand = "/usr/bin/node"\nargs = []\n',
    );
  });

  it('loses the tables of the entry alone wherever they stand', () => {
    const [before, after] = ['a = 1\n\n', '# about b\n[b]\nc = 1\n'];
    const ours =
      '[ mcp_servers . "wassette" ] # ours\ncommand = "x"\n\n[mcp_servers.wassette.env]\nA = "b"\n\n';
    expect(withEntry(before + ours + after, toml, 'wassette', undefined)).toBe(`${before}${after}`);
  });

  it('with the entry in a form of one line is left alone', () => {
    for (const text of [
      'mcp_servers.wassette = { command = "x" }\n',
      '[mcp_servers]\nwassette.command = "x"\n',
    ])
      for (const value of [ENTRY, undefined])
        expect(() => withEntry(text, toml, 'wassette', value)).toThrow(/change that entry|cannot be changed/);
    expect(() => withEntry('mcp_servers = {}\n', toml, 'wassette', ENTRY)).toThrow(
      failing('FORMAT_INVALID_CONFIG'),
    );
  });

  it('with a text of many lines that looks like the entry is left alone', () => {
    const text = 'notes = """\n[mcp_servers.wassette]\n"""\n[mcp_servers.wassette]\ncommand = "x"\n';
    expect(() => withEntry(text, toml, 'wassette', undefined)).toThrow(failing('FORMAT_INVALID_CONFIG'));
  });

  it('that is broken is refused with the place of the fault, and quotes nothing', () => {
    const broken = 'token = "secret"\n[x]\nb = @\n';
    expect(() => configText(broken, toml)).toThrow(/^config\.toml:3:\d+: (?!.*secret)/);
    expect(() => configText('mcp_servers = 1\n', toml)).toThrow(/mcp_servers is not a table/);
    expect(() => configText('[a]\n[a]\n', toml)).toThrow(failing('FORMAT_INVALID_CONFIG'));
  });
});

describe('a text that is nested some thousand deep', () => {
  for (const [what, text, place] of [
    ['JSON', `{"a": ${'['.repeat(3_000)}${']'.repeat(3_000)}}`, json()],
    ['JSON that does not end', `{"a":`.repeat(100_000), json()],
    [
      'JSON with comments',
      `{"mcpServers": {"wassette": ${'{"a":'.repeat(5_000)}1${'}'.repeat(5_002)}`,
      jsonc(),
    ],
    ['TOML', `a = ${'['.repeat(3_000)}${']'.repeat(3_000)}\n`, toml],
  ] as const)
    it(`is refused as ${what}, with the place`, () => {
      expect(() => configText(text, place)).toThrow(failing('FORMAT_INVALID_CONFIG'));
    });
});

describe('comments inside an entry', () => {
  it.each([
    ['{"mcp": {"wassette": {\n// mine\n"command": "x"}}}', jsonc(['mcp']), true],
    ['{"mcp": {"wassette": {"url": "http://x"}, // not in it\n}}', jsonc(['mcp']), false],
    ['{"mcp": {}}', jsonc(['mcp']), false],
    ['[mcp_servers.wassette] # mine\ncommand = "x"\n', toml, true],
    ['[mcp_servers.wassette]\ncommand = "x#y"\nargs = [\'#\']\n# of what follows\n[other]\n', toml, false],
    ['# of the file\n', toml, false],
  ])('are found in %j: %#', (text, place, has) => {
    expect(configText(text, place).hasComments('wassette')).toBe(has);
  });
});
