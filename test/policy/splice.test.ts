import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/policy.ts';
import {
  type EntryAt,
  entryTexts,
  type PolicyEdit,
  policyEntries,
  splicePolicy,
} from '../../src/policy/splicing/splice.ts';
import { policyTree } from '../../src/policy/text.ts';
import { failing } from '../fixtures/failing.ts';
import { holds } from '../fixtures/seed.ts';

const OWNER = { componentId: 'tool' };
const splice = (text: string, ...edits: PolicyEdit[]) => splicePolicy(text, edits, OWNER);
const storage = (index: number): EntryAt => ({ section: 'storage', list: 'allow', index });
const network = (index: number): EntryAt => ({ section: 'network', list: 'allow', index });

const WRITTEN_BY_HAND = `# What the tool may do.
version: "1.0"   # of the format
permissions:
    storage:
        allow:
            # the inbox
            - uri: "fs:///srv/in"   # read by night
              access: [read]

            # the outbox
            -   access: [ read, write ]
                uri: fs:///srv/out
        deny: []
    network:
        allow:   # who is asked
            - host: a.example
            - {host: b.example}   # for a while
    ours: kept
`;

describe('the entries of a policy', () => {
  it('are called as their section says, whatever keys stand beside that Wassette ignores', () => {
    const text = `version: "1.0"
permissions:
  storage:
    deny: [{ key: K, cidr: 10.0.0.0/8, host: h, uri: "fs:///srv", access: [read] }]
  network:
    allow: [{ uri: x, key: y, host: a.example }, { key: z, cidr: 10.0.0.0/8 }]
  environment:
    allow: [{ uri: x, host: y, cidr: z, key: DEBUG }]
    deny: [{ key: NOT_READ }]
  ipc:
    allow: [{ host: x, key: y, uri: unix:///run }]
`;
    expect(policyEntries(text, OWNER)).toEqual([
      { ...network(0), name: 'a.example' },
      { ...network(1), name: '10.0.0.0/8' },
      { section: 'environment', list: 'allow', index: 0, name: 'DEBUG' },
      { section: 'ipc', list: 'allow', index: 0, name: 'unix:///run' },
      { ...storage(0), list: 'deny', name: 'fs:///srv' },
    ]);
  });
});

describe('removing an entry', () => {
  it('takes its lines alone, with the comment directly above', () => {
    expect(splice(WRITTEN_BY_HAND, { do: 'remove', ...storage(1) })).toBe(
      WRITTEN_BY_HAND.replace(/ +# the outbox\n.*\n +uri: fs:\/\/\/srv\/out\n/, ''),
    );
    expect(splice(WRITTEN_BY_HAND, { do: 'remove', ...network(1) })).toBe(
      WRITTEN_BY_HAND.replace(/.*b\.example.*\n/, ''),
    );
  });

  it('leaves comments that stand apart, further out or further in', () => {
    const hosts = (...lines: string[]) =>
      ['version: "1.0"', 'permissions:', '  network:', '    allow:', ...lines, ''].join('\n');
    const remove: PolicyEdit = { do: 'remove', ...network(1) };
    for (const kept of ['# of the section', '    # of the list', '        # of a', '      # apart\n'])
      expect(splice(hosts('      - host: a', kept, '      - host: b'), remove)).toBe(
        hosts('      - host: a', kept),
      );
  });

  it('leaves the comments above the first entry, which may be about all of them', () => {
    expect(splice(WRITTEN_BY_HAND, { do: 'remove', ...storage(0) })).toBe(
      WRITTEN_BY_HAND.replace(/ +- uri: "fs:\/\/\/srv\/in".*\n.*\n/, ''),
    );
  });

  it('takes all comment lines above in its own column, and with each of several its own', () => {
    const entry = (name: string) => `    # why ${name}\n    #\n    - host: ${name}\n`;
    const policy = (...names: string[]) =>
      `version: "1.0"\npermissions:\n  network:\n    allow:\n${names.map(entry).join('')}`;
    const edits = [1, 3].map((index): PolicyEdit => ({ do: 'remove', ...network(index) }));
    const text = policy('a', 'b', 'c', 'd');
    expect(splice(text, ...edits)).toBe(policy('a', 'c'));
    const crlf = text.replaceAll('\n', '\r\n');
    expect(splice(crlf, ...edits)).toBe(policy('a', 'c').replaceAll('\n', '\r\n'));
  });

  it('writes an empty list where the last one goes', () => {
    const both = [0, 1].map((index): PolicyEdit => ({ do: 'remove', ...network(index) }));
    expect(splice(WRITTEN_BY_HAND, ...both)).toBe(
      WRITTEN_BY_HAND.replace('allow:   # who', 'allow: []   # who').replace(/.*[ab]\.example.*\n/g, ''),
    );
  });

  it('reads as nothing more than that where it is the end of a file without a line end', () => {
    const text =
      'version: "1.0"\npermissions:\n  network:\n    allow:\n    - host: a.example\n    - host: b.example';
    expect(splice(text, { do: 'remove', ...network(1) })).toBe(text.replace(/ *- host: b.*/, ''));
  });
});

describe('another uri', () => {
  it('takes the place of the old one, in its quotes', () => {
    const edits: PolicyEdit[] = [
      { do: 'set-uri', uri: 'fs:///data/in put', ...storage(0) },
      { do: 'set-uri', uri: 'fs:///data/out', ...storage(1) },
    ];
    expect(splice(WRITTEN_BY_HAND, ...edits)).toBe(
      WRITTEN_BY_HAND.replace('/srv/in', '/data/in put').replace('/srv/out', '/data/out'),
    );
  });

  it('is put in quotes where it would be read as something else', () => {
    const replaced = splice(WRITTEN_BY_HAND, { do: 'set-uri', uri: "fs:///it's #1: a", ...storage(1) });
    expect(replaced).toContain("uri: 'fs:///it''s #1: a'\n");
  });

  it('is set in brackets, too', () => {
    const text = 'version: "1.0"\npermissions: {storage: {allow: [{uri: fs:///a, access: [read]}]}}\n';
    expect(splice(text, { do: 'set-uri', uri: 'fs:///b,c', ...storage(0) })).toBe(
      text.replace('fs:///a', "'fs:///b,c'"),
    );
  });
});

describe('an entry that is added', () => {
  const HOST: PolicyEdit = { do: 'add', section: 'network', list: 'allow', text: '- host: new.example\n' };

  it.each([
    [
      'behind the last one',
      '  network:\n    allow:\n      - host: a # x\n',
      '  network:\n    allow:\n      - host: a # x\n      - host: new.example\n',
    ],
    [
      'without an indent of its own where lists have none',
      '  network:\n    allow:\n    - host: a\n',
      '  network:\n    allow:\n    - host: a\n    - host: new.example\n',
    ],
    [
      'in place of an empty list',
      '  network:\n    allow: []  # none\n',
      '  network:\n    allow:  # none\n      - host: new.example\n',
    ],
    [
      'in place of a null',
      '  network:\n    allow: ~\n',
      '  network:\n    allow:\n      - host: new.example\n',
    ],
    [
      'below a key without a value',
      '  network:\n    allow: # none\n  ipc: null\n',
      '  network:\n    allow: # none\n      - host: new.example\n  ipc: null\n',
    ],
    [
      'in a section that has another list',
      '  network:\n    deny:\n    - host: a\n',
      '  network:\n    deny:\n    - host: a\n    allow:\n    - host: new.example\n',
    ],
    ['in a section that is empty', '  network: {}\n', '  network:\n    allow:\n      - host: new.example\n'],
    [
      'in a section that is missing',
      '    ipc:\n',
      '    ipc:\n    network:\n        allow:\n            - host: new.example\n',
    ],
  ])('is written %s', (_where, before, after) => {
    const policy = (sections: string) => `version: "1.0"\npermissions:\n${sections}`;
    expect(splice(policy(before), HOST)).toBe(policy(after));
  });

  it('is the first in a policy that allows nothing', () => {
    const empty = 'permissions: {}\nversion: "1.0"\n';
    const added = 'permissions:\n  network:\n    allow:\n      - host: new.example\nversion: "1.0"\n';
    expect(splice(empty, HOST)).toBe(added);
    expect(splice(empty.replace(' {}', ''), HOST)).toBe(added);
  });

  it('ends as the lines do between which it comes', () => {
    const text = 'version: "1.0"\r\npermissions:\r\n  network:\r\n    allow:\r\n    - host: a\r\n';
    expect(splice(text, HOST)).toBe(`${text}    - host: new.example\r\n`);
    expect(splice(text.trimEnd(), HOST)).toBe(`${text}    - host: new.example`);
  });

  it('is taken from another policy with its comments, as far to the right as its new neighbours', () => {
    const narrow =
      'version: "1.0"\npermissions:\n  storage:\n    allow:\n    - uri: fs:///a\n      access: [read]\n';
    const [first, second = ''] = entryTexts(
      policyTree(WRITTEN_BY_HAND),
      [storage(0), storage(1)],
      OWNER,
      'all',
    );
    expect(first).toBe('- uri: "fs:///srv/in"   # read by night\n  access: [read]\n');
    expect(second).toBe('# the outbox\n-   access: [ read, write ]\n    uri: fs:///srv/out\n');
    expect(splice(narrow, { do: 'add', section: 'storage', list: 'allow', text: second })).toBe(
      `${narrow}    # the outbox\n    -   access: [ read, write ]\n        uri: fs:///srv/out\n`,
    );
  });

  it('comes to one list with others, and takes the place of what goes', () => {
    const spliced = splice(
      WRITTEN_BY_HAND,
      HOST,
      { ...HOST, list: 'deny' },
      { do: 'remove', ...network(0) },
      {
        do: 'remove',
        ...network(1),
      },
    );
    expect(parsePolicy(spliced, OWNER).network).toEqual({
      allow: [{ host: 'new.example' }],
      deny: [{ host: 'new.example' }],
    });
  });
});

describe('a policy that cannot be changed in place', () => {
  const policy = (...lines: string[]) =>
    ['version: "1.0"', 'permissions:', '  network:', ...lines, ''].join('\n');

  it.each([
    ['has its entries in brackets', policy('    allow: [{host: a}, {host: b}]'), 4],
    ['has its sections in braces', 'version: "1.0"\npermissions: {network: {allow: [{host: a}]}}\n', 2],
    ['has a dash on a line of its own', policy('    allow:', '      -', '        host: a'), 6],
    ['has a comment behind the dash', policy('    allow:', '      - # a', '        host: a'), 6],
    ['has a name that is folded', policy('    allow:', '      - host: >-', '          a'), 5],
    ['has a name in a block', policy('    allow:', '      - host: |-', '          a'), 5],
    [
      'has a line separator in it',
      policy('    allow:', '    - host: "a"', '    deny:', "    - host: 'b\u2028      '"),
      7,
    ],
  ])('%s, is refused on its line', (_what, text, line) => {
    const refusal = failing('FORMAT_POLICY_LAYOUT', {
      details: { component_id: 'tool', line },
      hint: expect.any(String),
    });
    expect(() => splice(text, { do: 'remove', ...network(0) })).toThrow(refusal as Error);
    expect(() => splice(text, { do: 'add', section: 'network', list: 'allow', text: '- host: c\n' })).toThrow(
      refusal as Error,
    );
  });

  it('has a block of text where something would be added, is refused', () => {
    const text = 'version: "1.0"\npermissions:\n  network:\n  note: |+\n    kept\n\n';
    const edit: PolicyEdit = { do: 'add', section: 'ipc', list: 'allow', text: '- uri: x\n' };
    expect(() => splice(text, edit)).toThrow(failing('FORMAT_POLICY_LAYOUT') as Error);
  });

  it('has no such entry, is refused', () => {
    for (const at of [network(7), { ...network(0), section: 'ipc' as const }])
      expect(() => splice(WRITTEN_BY_HAND, { do: 'remove', ...at })).toThrow(
        failing('FORMAT_POLICY_LAYOUT') as Error,
      );
    expect(() => splice(WRITTEN_BY_HAND, { do: 'set-uri', uri: 'fs:///x', ...network(0) })).toThrow(
      failing('FORMAT_POLICY_LAYOUT') as Error,
    );
  });

  it('would say something else than is meant, is refused', () => {
    const twice: PolicyEdit = { do: 'remove', ...network(0) };
    expect(() => splice(WRITTEN_BY_HAND, twice, twice)).toThrow(failing('FORMAT_POLICY_LAYOUT') as Error);
    const two: PolicyEdit = {
      do: 'add',
      section: 'network',
      list: 'allow',
      text: '- host: a\n  - host: b\n',
    };
    expect(() => splice(WRITTEN_BY_HAND, two)).toThrow(failing('FORMAT_POLICY_LAYOUT') as Error);
  });
});

/** A policy with storage entries, written in one of many ways. */
const laidOut = fc
  .record({
    names: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { minLength: 1, maxLength: 5 }),
    indent: fc.integer({ min: 1, max: 8 }),
    dash: fc.boolean(),
    gap: fc.integer({ min: 1, max: 4 }),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    quote: fc.constantFrom('', '"', "'"),
    comments: fc.array(fc.constantFrom('', '# a: [b', '      # - uri: x', '#'), {
      minLength: 6,
      maxLength: 6,
    }),
    remark: fc.constantFrom('', '   # all', ' #'),
    access: fc.constantFrom('[read]', '[ read,  write ]', '\n- read', '\n- write # w'),
    isEnded: fc.boolean(),
    after: fc.constantFrom('', 'network: {}', 'environment:\n  allow: []'),
  })
  .map((how) => {
    const at = (depth: number) => ' '.repeat(depth * how.indent);
    const dash = at(2) + (how.dash ? at(1) : '');
    const inside = `${dash} ${' '.repeat(how.gap)}`;
    const entries = how.names.flatMap((name, index) => [
      ...(how.comments[index] === '' ? [] : [how.comments[index]!]),
      `${dash}-${' '.repeat(how.gap)}uri: ${how.quote}fs:///${name}${how.quote}${how.remark}`,
      `${inside}access:${how.access.startsWith('[') ? ' ' : ''}${how.access.replace('\n', `\n${inside}`)}`,
    ]);
    const lines = [
      'version: "1.0"',
      'permissions:',
      `${at(1)}storage:`,
      `${at(2)}allow:${how.remark}`,
      ...entries,
    ];
    if (how.after !== '') lines.push(how.after.replace(/^/gm, at(1)));
    const text = lines.join('\n') + (how.isEnded ? '\n' : '');
    return { text: text.replaceAll('\n', how.lineEnd), names: how.names };
  });

/** How many characters two texts share at their beginning and, beside those, at their end. */
function shared(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let before = 0;
  while (before < most && a[before] === b[before]) before += 1;
  let behind = 0;
  while (behind < most - before && a.at(-1 - behind) === b.at(-1 - behind)) behind += 1;
  return before + behind;
}

describe('in a policy of any layout', () => {
  const allowed = (text: string) => parsePolicy(text, OWNER).storage.allow.map(({ uri }) => uri);

  it('each entry goes alone, and all bytes around it stay', async () => {
    const property = fc.property(laidOut, fc.nat(4), ({ text, names }, pick) => {
      const index = pick % names.length;
      const spliced = splice(text, { do: 'remove', ...storage(index) });
      expect(allowed(spliced)).toEqual(
        names
          .filter((_, at) => at !== index)
          .map((name) => `fs:///${name}`)
          .sort(),
      );
      if (names.length > 1) expect(shared(text, spliced)).toBe(spliced.length);
      else expect(spliced).toContain('allow: []');
    });
    await holds(property, 100);
  });

  it('each uri is replaced alone, and all bytes around it stay', async () => {
    const property = fc.property(laidOut, fc.nat(4), ({ text, names }, pick) => {
      const index = pick % names.length;
      const uri = `fs:///srv/${names[index]}`;
      const spliced = splice(text, { do: 'set-uri', uri, ...storage(index) });
      expect(spliced).toBe(text.replace(new RegExp(`fs:///${names[index]}(?![a-z])`), uri));
    });
    await holds(property, 100);
  });

  it('an entry is added alone, and all bytes around it stay', async () => {
    const property = fc.property(
      laidOut,
      fc.constantFrom('storage', 'network', 'ipc'),
      ({ text, names }, section) => {
        const entry =
          section === 'storage'
            ? '- uri: fs:///new\n  access: [read]\n'
            : section === 'ipc'
              ? '- uri: new\n'
              : '- host: new\n';
        const edit: PolicyEdit = { do: 'add', section, list: 'allow', text: entry } as PolicyEdit;
        const spliced = splice(text, edit);
        const added = section === 'storage' ? ['fs:///new'] : [];
        expect(allowed(spliced)).toEqual([...names.map((name) => `fs:///${name}`), ...added].sort());
        expect(shared(text, spliced)).toBe(
          text.length - (section === 'network' && text.includes('{}') ? 3 : 0),
        );
        const alone = spliced.match(/.*new.*\r?\n?/g);
        expect(alone).toHaveLength(1);
      },
    );
    await holds(property, 100);
  });
});
