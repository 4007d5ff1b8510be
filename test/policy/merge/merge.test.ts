import { describe, expect, it } from 'vitest';
import { mergePolicies } from '../../../src/policy/merge/merge.ts';
import { readPolicy } from '../../../src/policy/policy.ts';

const HEAD = 'version: "1.0" # ours\npermissions:\n';
const hosts = (...names: string[]) =>
  `${HEAD}  network:\n    allow:\n${names.map((name) => `      - host: ${name}\n`).join('')}`;
const directory = (access: string) =>
  `${HEAD}  storage:\n    allow:\n      - uri: fs:///srv # the data\n        access: [${access}]\n`;

const read = (text: string) => readPolicy(text, { componentId: 'tool' });
const merge = (base: string, ours: string, theirs: string) =>
  mergePolicies({ base: read(base), ours: read(ours), theirs: read(theirs) });
const merged = (...texts: [string, string, string]) => merge(...texts).text;
const conflicts = (...texts: [string, string, string]) => merge(...texts).conflicts;

describe('joining two changes of one policy', () => {
  it('takes the entries that each side adds and takes those away that each removes', () => {
    expect(merged(hosts('a', 'b', 'c'), hosts('a', 'c', 'ours'), hosts('a', 'b', 'theirs'))).toBe(
      hosts('a', 'ours', 'theirs'),
    );
  });

  it('leaves comments, order and every other line of ours as they are', () => {
    const ours = `# kept\r\n${hosts('b', 'a').replaceAll('\n', '\r\n')}  # and this\r\n`;
    const theirs = hosts('a', 'b', 'new');
    expect(merged(hosts('a', 'b'), ours, theirs)).toBe(
      ours.replace('      - host: a\r\n', '      - host: a\r\n      - host: new\r\n'),
    );
  });

  it('brings the comments on an entry of theirs along', () => {
    const theirs = `${hosts('a')}      - host: new # asked for by the team\n`;
    expect(merged(hosts('a'), hosts('a', 'ours'), theirs)).toBe(
      `${hosts('a', 'ours')}      - host: new # asked for by the team\n`,
    );
  });

  it('brings the comments directly above an entry of theirs along, and takes them away with one that theirs removed', () => {
    const commented = (name: string) => `      # INC-123, until May\n      - host: ${name}\n`;
    const added = `${hosts('a')}${commented('pager.example')}`;
    expect(merged(hosts('a'), hosts('a', 'ours'), added)).toBe(
      `${hosts('a', 'ours')}${commented('pager.example')}`,
    );
    const ours = `${hosts('api.example')}${commented('legacy.example')}`;
    expect(merged(ours, `${ours}x: 1\n`, hosts('api.example'))).toBe(`${hosts('api.example')}x: 1\n`);
  });

  it('leaves the comments above the first entry where they are, since they may be about all of them', () => {
    const approved = (...names: string[]) =>
      hosts(...names).replace('    allow:\n', '    allow:\n      # Only what ops approved\n');
    expect(merged(approved('b'), approved('b', 'c'), approved('a', 'b'))).toBe(approved('b', 'c', 'a'));
    expect(merged(approved('a', 'b'), approved('a', 'b', 'c'), approved('b'))).toBe(approved('b', 'c'));
  });

  it('knows by the others which comments above the first entry came or went with it', () => {
    const listed = (...lines: string[]) =>
      `${HEAD}  network:\n    allow:\n${lines.map((line) => `      ${line}\n`).join('')}`;
    const b = listed('# Only what ops approved', '- host: b');
    expect(
      merged(b, `${b}x: 1\n`, listed('# Only what ops approved', '# INC-9', '#', '- host: a', '- host: b')),
    ).toBe(`${listed('# Only what ops approved', '- host: b', '# INC-9', '#', '- host: a')}x: 1\n`);
    expect(
      merged(b, `${b}x: 1\n`, listed('# INC-9', '- host: a', '# Only what ops approved', '- host: b')),
    ).toBe(`${listed('# Only what ops approved', '- host: b', '# INC-9', '- host: a')}x: 1\n`);
    const legacy = listed('# Only what ops approved', '# INC-3, until May', '- host: legacy', '- host: b');
    expect(merged(legacy, `${legacy}x: 1\n`, b)).toBe(`${b}x: 1\n`);
    const none = `${HEAD}  environment:\n    allow:\n      - key: A\n`;
    const section = '  network:\n    allow:\n      # INC-9\n      - host: a\n';
    expect(merged(none, `${none}x: 1\n`, none + section)).toBe(`${none}${section}x: 1\n`);
  });

  it('puts an entry that theirs has changed where ours has it, below the comments above the list', () => {
    const commented = (first: string, ...others: string[]) =>
      hosts(first, ...others).replace('      - host', '      # INC-7: for the team\n      - host');
    const base = commented('a', 'b');
    expect(merged(base, commented('a', 'b', 'c'), commented('https://a', 'b'))).toBe(
      commented('https://a', 'b', 'c'),
    );
    const crlf = base.replaceAll('\n', '\r\n').trimEnd();
    expect(merged(base, crlf, hosts('http://a', 'https://b'))).toBe(
      commented('http://a', 'https://b').replaceAll('\n', '\r\n').trimEnd(),
    );
    expect(
      merged(hosts('a', 'b'), hosts('a', 'c', 'b', 'a'), hosts('https://a', 'b', 'http://a', 'http://a:1')),
    ).toBe(hosts('https://a', 'http://a', 'http://a:1', 'c', 'b'));
  });

  it('treats the comments above a setting alike, but for the first, where they may be about all of them', () => {
    const limit = (comment: string, memory: string) =>
      `  # ${comment}\n  resources:\n    limits:\n      memory: "${memory}"\n`;
    const [base, ours] = [hosts('a'), hosts('a', 'b')];
    expect(merged(base, ours, base + limit('agreed', '32Mi'))).toBe(ours + limit('agreed', '32Mi'));
    const may = limit('until May', '64Mi');
    expect(merged(base + may, `${ours}${may}x: 1\n`, base)).toBe(`${ours}x: 1\n`);
    expect(merged(base + may, ours + may, base + limit('until June', '32Mi'))).toBe(
      ours + limit('until June', '32Mi'),
    );
    const described = `# What it may do.\ndescription: x\n${base}`;
    expect(merged(described, described.replace('host: a', 'host: b'), base)).toBe(
      `# What it may do.\n${base.replace('host: a', 'host: b')}`,
    );
  });

  it('makes a section that ours lacks', () => {
    const base = `${HEAD}  environment:\n    allow:\n      - key: A\n`;
    const theirs = `${base}  network:\n    allow:\n      - host: a\n`;
    const ours = base.replace('A', 'A\n      - key: B');
    expect(merged(base, ours, theirs)).toBe(`${ours}  network:\n    allow:\n      - host: a\n`);
  });

  it('takes settings of theirs as they stand there, at the indentation of ours', () => {
    const base = `${hosts('a')}  resources:\n    limits:\n      memory: "64Mi"\n`;
    const theirs =
      'version: "1.0"\npermissions:\n    network:\n        allow:\n            - host: a\n    resources:\n        limits:\n            memory: "32Mi" # less\n';
    const ours = base.replace('host: a', 'host: a\n      - host: b');
    expect(merged(base, ours, theirs)).toBe(
      `${HEAD}  network:\n    allow:\n      - host: a\n      - host: b\n  resources:\n      limits:\n          memory: "32Mi" # less\n`,
    );
  });

  it('takes settings away that theirs has removed, and adds those that ours lacks', () => {
    const limit = '  resources:\n    limits:\n      memory: "64Mi"\n';
    expect(merged(hosts('a') + limit, hosts('a', 'b') + limit, hosts('a'))).toBe(hosts('a', 'b'));
    expect(merged(hosts('a'), hosts('a', 'b'), hosts('a') + limit)).toBe(hosts('a', 'b') + limit);
  });

  it('makes the sections that settings of theirs need where ours lacks them', () => {
    const denied = '    deny:\n      - uri: fs:///srv # not that\n        access: [read]\n';
    const more = '    later:\n      - x\n';
    const limit = '  resources:\n    limits:\n      memory: "32Mi"\n';
    const [base, ours] = [hosts('a'), hosts('a', 'b')];
    expect(merged(base, ours, `${base}  storage:\n${denied}`)).toBe(`${ours}  storage:\n${denied}`);
    expect(merged(base, ours, `${base}  storage:\n${denied}${more}${limit}x: 1\n`)).toBe(
      `${ours}  storage:\n${denied}${more}${limit}x: 1\n`,
    );
    for (const nothing of ['', ' {}', ' ~'])
      expect(merged(base, `${ours}  storage:${nothing} # none\n`, `${base}  storage:\n${denied}`)).toBe(
        `${ours}  storage: # none\n${denied}`,
      );
    const crlf = ours.replaceAll('\n', '\r\n');
    expect(merged(base, crlf.trimEnd(), `${base}  storage:\n${denied}`)).toBe(
      `${crlf}  storage:\n${denied}`.replaceAll(/\r?\n/g, '\r\n'),
    );
  });

  it('puts settings of theirs into a policy that allows nothing', () => {
    const limit = '  resources:\n    limits:\n      memory: "32Mi"\n';
    const denied = '  network:\n    deny:\n      - host: bad\n  ipc:\n    deny:\n      - uri: unix:///run\n';
    const nothing = 'version: "1.0"\npermissions: {}\n';
    for (const ours of [nothing, nothing.replace(' {}', '')]) {
      expect(merged(nothing, `${ours}x: 1\n`, `${HEAD}${limit}`)).toBe(
        `version: "1.0"\npermissions:\n${limit}x: 1\n`,
      );
      expect(merged(nothing, `${ours}x: 1\n`, `${HEAD}${denied}${limit}y: 1\n`)).toBe(
        `version: "1.0"\npermissions:\n${denied}${limit}x: 1\ny: 1\n`,
      );
    }
  });

  it('takes comments in settings of theirs along, wherever they stand', () => {
    const limit = '  resources:\n# less\n#- host: evil\n    limits:\n      memory: "32Mi"\n';
    expect(merged(hosts('a'), hosts('a', 'b'), hosts('a') + limit)).toBe(
      `${hosts('a', 'b')}  resources:\n  # less\n  #- host: evil\n    limits:\n      memory: "32Mi"\n`,
    );
  });

  it('puts settings of a section and those below it where each belongs, also where they meet', () => {
    const limit = '  resources:\n    limits:\n      memory: "32Mi"\n';
    const deny = '    deny:\n      - host: bad\n';
    expect(merged(hosts('a') + deny, `${hosts('a', 'b')}${deny}x: 1\n`, `${hosts('a')}${limit}y: 2\n`)).toBe(
      `${hosts('a', 'b')}${limit}x: 1\ny: 2\n`,
    );
    expect(merged(hosts('a'), hosts('a', 'b'), `${hosts('a')}${deny}${limit}y: 2\n`)).toBe(
      `${hosts('a', 'b')}${deny}${limit}y: 2\n`,
    );
  });

  it('finds a conflict where both sides give one directory other access', () => {
    expect(conflicts(directory('read'), directory('write'), directory('read, write'))).toEqual([
      { about: 'entry', key: 'storage uri fs:///srv' },
    ]);
    expect(merged(directory('read'), directory('read'), directory('read, write'))).toBe(
      directory('read, write'),
    );
  });

  it('finds a conflict where one side comments on an entry that the other changes or takes away', () => {
    const storage = (entry: string) =>
      `${HEAD}  storage:\n    allow:\n      - uri: fs:///opt\n        access: [read]\n${entry}`;
    const srv = (access: string, comment = '', remark = '') =>
      storage(`${comment}      - uri: "fs:///srv#a"${remark}\n        access: [${access}]\n`);
    const never = '      # INC-7: never give write\n';
    const found = [{ about: 'comment', key: 'storage uri fs:///srv#a' }];
    for (const commented of [srv('read', never), srv('read', '', ' # never give write')])
      for (const changed of [srv('read, write'), storage('')])
        expect([
          conflicts(srv('read'), commented, changed),
          conflicts(srv('read'), changed, commented),
        ]).toEqual([found, found]);
    expect(
      conflicts(hosts('a'), hosts('a').replace('      - host', `${never}      - host`), hosts('A:1')),
    ).toEqual([{ about: 'comment', key: 'network host a' }]);
    const other = (text: string) => `${text}  environment:\n    allow:\n      - key: A\n`;
    expect(merged(srv('read', never), other(srv('read')), srv('read, write', never))).toBe(
      other(srv('read, write', never)),
    );
    expect(merged(srv('read'), other(srv('read', never)), srv('read, write', never))).toBe(
      other(srv('read, write', never)),
    );
  });

  it('takes no comment that base has for a new one because entries around it came or went', () => {
    const commented = (...names: string[]) =>
      hosts(...names).replace(/ +- host: .*b\n/, (entry) => `      # the second\n${entry}`);
    expect(merged(commented('a', 'b'), commented('b', 'c'), commented('a', 'https://b'))).toBe(
      commented('https://b', 'c'),
    );
    expect(merged(commented('b'), commented('a', 'b'), commented('https://b', 'c'))).toBe(
      commented('a', 'https://b', 'c'),
    );
  });

  it('finds a conflict where one side takes away what the other has written otherwise', () => {
    const reading = (uri: string) =>
      `${HEAD}  storage:\n    allow:\n      - uri: ${uri}\n        access: [read]\n`;
    const nothing = `${HEAD}  storage:\n    allow: []\n`;
    expect(conflicts(hosts('Api.example', 'b'), hosts('b'), hosts('api.example', 'b'))).toEqual([
      { about: 'entry', key: 'network host api.example' },
    ]);
    expect(conflicts(reading('fs:///srv/a'), nothing, reading('fs:///srv/./a/'))).toEqual([
      { about: 'entry', key: 'storage uri fs:///srv/a' },
    ]);
  });

  it.each([
    'api.example/',
    'API.example',
    'api.example.',
    'api.example:8080',
    'http://api.example:8080',
    'https://api.example',
    'ftp://api.example',
  ])('finds a conflict where one side takes a host away that the other has written as %s', (written) => {
    const [base, ours] = [hosts('api.example', 'b'), hosts('b')];
    const found = [{ about: 'entry', key: 'network host api.example' }];
    expect(conflicts(base, ours, hosts(written, 'b'))).toEqual(found);
    expect(conflicts(base, hosts(written, 'b'), ours)).toEqual(found);
  });

  it('takes the scheme of a host as the access to a directory', () => {
    expect(merged(hosts('a', 'b'), hosts('https://a', 'b'), hosts('a', 'b', 'c'))).toBe(
      hosts('https://a', 'b', 'c'),
    );
    expect(conflicts(hosts('a'), hosts('https://a'), hosts('http://a'))).toEqual([
      { about: 'entry', key: 'network host a' },
    ]);
    const both = hosts('http://a', 'https://a', 'b');
    expect(merged(both, hosts('http://a', 'b'), `${both}x: 1\n`)).toBe(`${hosts('http://a', 'b')}x: 1\n`);
  });

  it('takes a change away in what several entries say of one host', () => {
    const both = `${hosts('a')}      - host: a\n        later: 1\n`;
    const left = both.replace('      - host: a\n', '');
    expect(merged(both, `${both}x: 1\n`, left)).toBe(`${left}x: 1\n`);
  });

  it('finds a conflict where both sides change a limit, and not alike', () => {
    const limited = (memory: string) => `${HEAD}  resources:\n    limits:\n      memory: "${memory}"\n`;
    expect(conflicts(limited('1Gi'), limited('2Gi'), limited('3Gi'))).toEqual([
      { about: 'unit', path: 'permissions.resources' },
    ]);
  });

  it('finds a conflict where one side allows what the other denies, which Wassette would allow', () => {
    const denying = `${hosts('a')}    deny:\n      - host: B.example\n`;
    expect(conflicts(hosts('a'), denying, hosts('a', 'b.example'))).toEqual([
      { about: 'denied', key: 'network host b.example' },
    ]);
    expect(conflicts(hosts('a'), hosts('a', 'b.example'), denying)).toEqual([
      { about: 'denied', key: 'network host b.example' },
    ]);
    const both = denying.replace('    deny', '      - host: b.example\n    deny');
    expect(merged(both, both.replace('host: a', 'host: A'), `${both}x: 1\n`)).toBe(
      `${both.replace('host: a', 'host: A')}x: 1\n`,
    );
  });

  it('finds what is denied however it is written, as far as it is the same that is allowed', () => {
    const denying = (host: string) => `${hosts('a')}    deny:\n      - host: ${host}\n`;
    const denied = [{ about: 'denied', key: 'network host b' }];
    expect(conflicts(hosts('a'), denying('b'), hosts('a', 'https://B:8443/'))).toEqual(denied);
    expect(conflicts(hosts('a'), denying('https://b'), hosts('a', 'b'))).toEqual(denied);
    expect(merged(hosts('a'), denying('http://b'), hosts('a', 'https://b'))).toBe(
      denying('http://b').replace('    deny', '      - host: https://b\n    deny'),
    );
    const allowing = denying('https://b').replace('host: a\n', 'host: a\n      - host: https://b\n');
    const [wider, all] = [allowing.replace('https://b', 'b'), allowing.replace(/https:\/\/b\n$/, 'b\n')];
    expect(conflicts(allowing, wider, all)).toEqual(denied);
  });

  it('joins directories that one side may read and the other must not write', () => {
    const denied = `    deny:\n      - uri: fs:///srv\n        access: [write]\n`;
    const other = directory('read').replace('/srv # the data', '/opt');
    const entry = directory('read').slice(other.indexOf('      - uri'));
    expect(merged(other, other + denied, other + entry)).toBe(other + entry + denied);
    expect(conflicts(other, other + denied.replace('write', 'read, write'), other + entry)).toEqual([
      { about: 'denied', key: 'storage uri fs:///srv' },
    ]);
  });

  it('joins policies that deny variables, which Wassette does not know, as it does every unknown key', () => {
    const denying = (host: string) => `${hosts(host)}  environment:\n    deny: [A, { x: 1 }]\n`;
    expect(merged(denying('a'), `${denying('a')}x: 1\n`, `${denying('b')}`)).toBe(`${denying('b')}x: 1\n`);
  });

  it('keeps settings apart whose names have dots', () => {
    const theirs = `${hosts('a')}permissions.x: 1\n`;
    expect(merged(hosts('a'), `${hosts('a', 'b')}  x: 2\n`, theirs)).toBe(
      `${hosts('a', 'b')}  x: 2\npermissions.x: 1\n`,
    );
  });

  it('finds a conflict where the text of ours cannot be changed by whole lines, and prints nothing anew', () => {
    const ours = `${HEAD}  network: { allow: [{ host: a }] }\n  environment:\n    allow:\n      - key: A\n`;
    expect(conflicts(hosts('a'), ours, hosts('a', 'b'))).toEqual([{ about: 'text', side: 'ours', line: 3 }]);
  });

  it('names theirs and its line where a setting there stands in braces', () => {
    const theirs =
      'version: "1.0"\npermissions: {network: {allow: [{host: a}]},\n  resources: {limits: {memory: "32Mi"}}}\n';
    expect(conflicts(hosts('a'), hosts('a', 'b'), theirs)).toEqual([
      { about: 'text', side: 'theirs', line: 3 },
    ]);
  });

  it('names the line that ours has where entries came and went before it', () => {
    const variables = (...keys: string[]) =>
      `  environment:\n    allow: [${keys.map((key) => `{ key: ${key} }`).join(', ')}]\n`;
    const inBlock = '  environment:\n    allow:\n      - key: A\n      - key: B\n';
    const base = hosts('a', 'b') + variables('A');
    const found = [{ about: 'text', side: 'ours', line: 8 }];
    expect(conflicts(base, `${base}x: 1\n`, hosts('b') + inBlock)).toEqual(found);
    expect(conflicts(base, `${base}x: 1\n`, hosts('a', 'b', 'c', 'd') + inBlock)).toEqual(found);
  });

  it('fills a list that loses all it has, also at the end of a file without a line end', () => {
    const [base, ours] = [hosts('a'), `x: 1\n${hosts('a')}`];
    expect(merged(base, ours.trimEnd(), hosts('b'))).toBe(`x: 1\n${hosts('b')}`.trimEnd());
    expect(merged(base, ours.trimEnd(), `${hosts()}    deny:\n      - host: bad\n`)).toBe(
      `x: 1\n${hosts()}    deny:\n      - host: bad\n`.replace('allow:', 'allow: []'),
    );
  });

  it('names ours where a setting has no place there, and a line only where it is one of ours', () => {
    const base = `${HEAD}  environment:\n    allow:\n      - key: A\n  network: { allow: [] }\n`;
    const theirs = base.replace('{ allow: [] }', '\n    deny:\n      - host: bad');
    expect(conflicts(base, `${base}x: 1\n`, theirs)).toEqual([{ about: 'text', side: 'ours', line: 6 }]);
    const more = theirs.replace('key: A', 'key: A\n      - key: B');
    expect(conflicts(base, `${base}x: 1\n`, more)).toEqual([{ about: 'text', side: 'ours', line: null }]);
  });
});
